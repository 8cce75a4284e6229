import type { AppTrxCtx, TrxCtx } from '../../../core/context.ts';
import { AppError, createValidationError } from '../../../core/errors.ts';
import { holdFiles } from '../../files/uses/service.ts';
import { requireCssAllowance, requireValidCss } from './css/service.ts';
import { listPictureFiles, type PictureContent } from './policy.ts';
import type { Theme } from './schema.ts';

/** Keeps them from being deleted before the transaction ends. Throws `VALIDATION_FAILED` for files of others. */
export async function requirePictureFiles(
  ctx: TrxCtx,
  workspaceId: string,
  content: PictureContent,
): Promise<void> {
  const errors = await holdFiles(ctx, workspaceId, listPictureFiles(content));
  if (errors.length > 0) throw createValidationError(...errors);
}

type Skipped = { title: string; reason: string }[];
type Imported = { avatarFileId?: string | null | undefined; theme?: Theme | undefined };

async function findCssRefusal(
  ctx: AppTrxCtx,
  workspaceId: string,
  theme: Theme | undefined,
): Promise<string | undefined> {
  try {
    requireValidCss(ctx, theme);
    await requireCssAllowance(ctx, workspaceId, theme);
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error.errors?.[0]?.message ?? error.message;
    throw error;
  }
}

/** Without files that the workspace does not have and CSS that it may not have, which are added to `skipped`. */
export async function dropForeignLook<C extends Imported>(
  ctx: AppTrxCtx,
  workspaceId: string,
  content: C,
  skipped: Skipped,
): Promise<C> {
  const errors = await holdFiles(ctx, workspaceId, listPictureFiles(content));
  const isForeign = (start: string) => errors.some(({ path }) => path.startsWith(start));
  for (const { path, message } of errors)
    skipped.push({ title: path, reason: `Its file is not here: ${message}` });
  const { theme } = content;
  const cssRefusal = await findCssRefusal(ctx, workspaceId, theme);
  if (cssRefusal !== undefined) skipped.push({ title: 'theme.customCss', reason: cssRefusal });
  return {
    ...content,
    ...(isForeign('avatarFileId') && { avatarFileId: null }),
    ...(theme && {
      theme: {
        ...theme,
        ...(isForeign('theme.background') && { background: null }),
        ...(isForeign('theme.cover') && { cover: null }),
        ...(cssRefusal !== undefined && { customCss: null }),
      },
    }),
  };
}
