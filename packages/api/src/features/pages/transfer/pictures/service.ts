import { createHash } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AppTrxCtx, MemberCtx } from '../../../../core/context.ts';
import { AppError } from '../../../../core/errors.ts';
import { Upload } from '../../../../core/files/upload.ts';
import { createFile, storeUpload } from '../../../files/service.ts';
import type { StoredUpload } from '../../../files/storage/service.ts';
import type { ImportNote, ImportPicture } from '../collecting/content.ts';
import type { PageFileContent } from '../reading/service.ts';

/** In the store already, but no file of a workspace yet. */
export type StoredPicture = ImportPicture & { upload: Upload; stored: StoredUpload };
export type StoredPictures = { stored: StoredPicture[]; skipped: ImportNote[] };

const getPurpose = ({ block }: ImportPicture): 'avatar' | 'thumbnail' =>
  block === null ? 'avatar' : 'thumbnail';

const asFileWriter = (ctx: MemberCtx): MemberCtx => ({ ...ctx, action: 'files:write' });

async function writeUpload({ base64, title }: ImportPicture): Promise<Upload> {
  const bytes = Buffer.from(base64, 'base64');
  const folder = await mkdtemp(join(tmpdir(), 'linkgrove-import-'));
  const path = join(folder, 'upload');
  await writeFile(path, bytes, { flag: 'wx', mode: 0o600 });
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return new Upload({ folder, path, name: title, size: bytes.length, sha256 });
}

/** Keys need a scope for files as well. */
const mayUpload = ({ principal }: MemberCtx): boolean =>
  principal.kind === 'session' || (principal.kind === 'key' && principal.scopes.includes('files:write'));

async function storePicture(
  ctx: MemberCtx,
  picture: ImportPicture,
  workspaceId: string | undefined,
): Promise<StoredPicture> {
  const upload = await writeUpload(picture);
  try {
    await ctx.limiter.consume('uploadsAccount', ctx.principal.userId);
    const stored = await storeUpload(asFileWriter(ctx), {
      file: upload,
      purpose: getPurpose(picture),
      ...(workspaceId !== undefined && { workspaceId }),
    });
    return { ...picture, upload, stored };
  } finally {
    await upload.discard();
  }
}

/** Reads the pictures of a file and puts them into the store, before any transaction. One that fails is left out. */
export async function storePictures(
  ctx: MemberCtx,
  pictures: ImportPicture[],
  workspaceId: string | undefined,
): Promise<StoredPictures> {
  const stored: StoredPicture[] = [];
  const skipped: ImportNote[] = [];
  for (const picture of pictures) {
    const skip = (reason: string) => void skipped.push({ title: picture.title, reason });
    if (!mayUpload(ctx)) {
      skip('Its picture needs an API key with the scope files:write');
      continue;
    }
    try {
      stored.push(await storePicture(ctx, picture, workspaceId));
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'NOT_FOUND') throw error;
      skip(`Its picture was not uploaded: ${error.message}`);
    }
  }
  return { stored, skipped };
}

/** Makes files of the stored pictures and puts their addresses into the content. Throws `LIMIT_REACHED`. */
export async function insertPictures(
  trx: AppTrxCtx & MemberCtx,
  { stored, workspaceId }: { stored: StoredPicture[]; workspaceId: string | undefined },
  content: PageFileContent,
): Promise<PageFileContent> {
  let avatarUrl: string | undefined;
  const thumbnails = new Map<number, string>();
  for (const picture of stored) {
    const { url } = await createFile(asFileWriter(trx), {
      file: picture.upload,
      purpose: getPurpose(picture),
      stored: picture.stored,
      ...(workspaceId !== undefined && { workspaceId }),
    });
    if (picture.block === null) avatarUrl = url;
    else thumbnails.set(picture.block, url);
  }
  return {
    ...content,
    page: { ...content.page, ...(avatarUrl !== undefined && { avatarUrl }) },
    blocks: content.blocks.map((block, index) => ({
      ...block,
      thumbnailUrl: thumbnails.get(index) ?? block.thumbnailUrl,
    })),
  };
}
