import type { FileUse } from '../../files/schema.ts';
import { toDecorationUse } from '../pictures/policy.ts';
import { MAX_BACKGROUND_VIDEO_BYTES, type Theme } from './schema.ts';

/** What of a page outside of its blocks can name files. */
export type PictureContent = { avatarFileId?: string | null | undefined; theme?: ThemePart | undefined };
type ThemePart = { [Name in 'background' | 'cover']?: Theme[Name] | undefined };

function listBackgroundFiles({ background }: ThemePart): FileUse[] {
  const path = 'theme.background';
  if (background?.type === 'picture') return toDecorationUse(`${path}.fileId`, background.fileId);
  if (background?.type !== 'video') return [];
  const { fileId: id, posterFileId } = background;
  return [
    {
      path: `${path}.fileId`,
      id,
      kinds: ['video'],
      isDescribed: true,
      maxBytes: MAX_BACKGROUND_VIDEO_BYTES,
    },
    ...toDecorationUse(`${path}.posterFileId`, posterFileId),
  ];
}

export const listPictureFiles = ({ avatarFileId, theme = {} }: PictureContent): FileUse[] => [
  ...toDecorationUse('avatarFileId', avatarFileId),
  ...toDecorationUse('theme.cover.fileId', theme.cover?.fileId),
  ...listBackgroundFiles(theme),
];
