import type { File } from '../../features/files/schema.ts';
import { IDS } from './shared.ts';
import type { RouterExamples } from './types.ts';

const base = 'https://files.example.net/files/4be35c1f0ab7d7e3f4e1';
const variant = (width: number, type: 'webp' | 'avif', size: number) => ({
  url: `${base}${width}-9c2f41d7.${type}`,
  type: `image/${type}`,
  width,
  height: (width * 3) / 4,
  size,
});
const file: File = {
  id: IDS.file,
  workspaceId: IDS.user,
  url: `${base}1280-9c2f41d7.webp`,
  type: 'image/webp',
  kind: 'picture',
  purpose: 'image',
  name: 'engine.jpg',
  alt: 'The Analytical Engine',
  focus: null,
  width: 1_280,
  height: 960,
  variants: [
    variant(320, 'webp', 9_214),
    variant(320, 'avif', 6_380),
    variant(640, 'webp', 28_104),
    variant(640, 'avif', 19_552),
    variant(1_280, 'webp', 91_726),
    variant(1_280, 'avif', 67_044),
  ],
  size: 222_020,
  unusedSince: null,
  createdAt: '2026-11-22T12:55:00.000Z',
};

export const files: RouterExamples<'files'> = {
  list: { answer: { items: [file], nextCursor: null } },
  upload: {
    body: {
      file: 'the bytes of the picture',
      purpose: 'image',
      alt: 'The Analytical Engine',
      focus: '0.5,0.3',
    },
    answer: file,
  },
  get: { answer: file },
  update: {
    body: { alt: 'A machine of brass wheels' },
    answer: { ...file, alt: 'A machine of brass wheels' },
  },
  delete: {},
};
