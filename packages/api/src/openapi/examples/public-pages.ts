import type { PublicPage } from '../../features/public-page/schema.ts';
import { content, page } from './pages.ts';
import { IDS } from './shared.ts';
import type { RouterExamples } from './types.ts';

const { handle, title, bio, avatarUrl, language, theme, seo } = page;
const publicPage: PublicPage = {
  handle,
  url: page.url,
  title,
  verified: false,
  bio,
  avatarUrl,
  avatar: null,
  cover: null,
  backdrop: null,
  language,
  direction: 'ltr',
  theme,
  seo,
  madeWith: {
    product: 'Linkgrove',
    url: `https://linkgrove.example.com/r/Kx7Qm2Pd?page=${IDS.page}`,
  },
  blocks: [
    {
      id: IDS.block,
      parentId: null,
      type: 'link',
      title: content.title,
      url: content.url,
      href: `https://linkgrove.example.com/go/${IDS.block}`,
      data: { description: 'With the first program' },
      gate: null,
      pinned: false,
      suspicious: false,
      thumbnailUrl: null,
      thumbnail: null,
      layout: null,
    },
  ],
  createdAt: page.createdAt,
  updatedAt: page.updatedAt,
};

const source = { referrer: 'https://l.instagram.com/', utmSource: 'bio' };
const accepted = { accepted: true as const };

export const publicPages: RouterExamples<'publicPages'> = {
  get: { answer: publicPage },
  view: { body: source, answer: accepted },
  unlock: {
    body: { password: 'rehearsal-7' },
    answer: {
      token: '01998f3e-5a10-7c3b-8f21-6d0c5f3b9a01.1795867200.c2ln',
      expiresAt: '2026-11-28T12:00:00.000Z',
    },
  },
};

export const publicBlocks: RouterExamples<'publicBlocks'> = {
  click: { body: source, answer: accepted },
};
