import type { File } from '../../files/schema.ts';
import type { Theme } from '../../pages/schema.ts';
import { checkStoredUrl } from '../blocks/view/content.ts';
import { DECORATIVE, toPublicFile, toPublicPicture } from '../blocks/view/policy.ts';
import type { BackdropView, CoverView } from './schema.ts';

type FindFile = (id: string) => File | undefined;
type Source = { fileId: string | null; url: string | null };

export function toPictureView({ fileId, url }: Source, findFile: FindFile): CoverView {
  const picture = fileId === null ? null : toPublicPicture(findFile(fileId), DECORATIVE);
  return { url: picture?.url ?? checkStoredUrl('image', url), picture };
}

export function findBackdrop({ background }: Theme, findFile: FindFile): BackdropView | null {
  if (background?.type === 'picture') return { ...toPictureView(background, findFile), video: null };
  if (background?.type !== 'video') return null;
  const poster = toPictureView({ fileId: background.posterFileId, url: null }, findFile);
  return { ...poster, video: toPublicFile(findFile(background.fileId)) };
}

/** Without what shows more than colours and shapes. */
export const hidePictures = (theme: Theme): Theme => ({
  ...theme,
  background:
    theme.background?.type === 'picture' || theme.background?.type === 'video' ? null : theme.background,
  cover: null,
  customCss: null,
});
