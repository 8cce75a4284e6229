import { type Paginated, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { AppCtx, MemberCtx, TrxCtx, UserCtx } from '../../core/context.ts';
import { generateId } from '../../core/crypto/ids.ts';
import { AppError } from '../../core/errors.ts';
import { type PageRequest, paginate } from '../../core/http/pagination.ts';
import { takeCodePoints } from '../../core/text/validation.ts';
import {
  findDefaultWorkspaceId,
  findListedWorkspaces,
  lockWorkspace,
  ownedWorkspacesSubquery,
  requireAccess,
  requireRole,
  roleSubquery,
} from '../workspaces/service.ts';
import { findFileUses } from './collection/queries.ts';
import { MAX_FILES } from './policy.ts';
import * as queries from './queries.ts';
import type { File, listFilesInput, updateFileInput, uploadFileInput } from './schema.ts';
import { examineAndStore, type StoredUpload } from './storage/service.ts';

const MAX_NAME_LENGTH = 120;

const createFileNotFoundError = () => new AppError('NOT_FOUND', 'File not found');

export const buildFileUrl = ({ config }: Pick<AppCtx, 'config'>, key: string): string =>
  `${config.files.url}/${key}`;

/** The fallback of a picture is its largest WebP, which every browser shows. */
const findMainVariant = ({ variants }: queries.FileRow): queries.VariantRow | undefined =>
  variants.findLast(({ type }) => type === 'image/webp') ?? variants.at(-1);

export function toFile(ctx: Pick<AppCtx, 'config'>, row: queries.FileRow): File {
  const { focusX, focusY, variants, ...file } = row;
  const main = findMainVariant(row);
  return {
    ...file,
    url: main ? buildFileUrl(ctx, main.key) : '',
    type: main?.type ?? '',
    focus: focusX === null || focusY === null ? null : { x: focusX, y: focusY },
    variants: variants.map(({ key, ...variant }) => ({ ...variant, url: buildFileUrl(ctx, key) })),
    unusedSince: row.unusedSince?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
  };
}

const roleOfFile = ({ principal }: MemberCtx): queries.RoleOfFile =>
  roleSubquery(principal, 'f.workspace_id');

type RoledRow = Awaited<ReturnType<typeof queries.findFileRow>>;

/** Throws like `requireRole`. */
function requireFileRow(ctx: MemberCtx, found: RoledRow): queries.FileRow {
  requireRole(ctx, found?.role, { createNotFoundError: createFileNotFoundError });
  const { role: _, ...row } = found;
  return row;
}

export async function listFiles(
  ctx: MemberCtx,
  input: z.infer<typeof listFilesInput>,
): Promise<Paginated<File>> {
  const { workspaceId, kind } = input;
  const workspaces = await findListedWorkspaces(ctx, workspaceId);
  return paginate(
    input,
    (after, limit) => queries.listFileRows(ctx.db, { workspaces, kind, after, limit }),
    (row) => toFile(ctx, row),
  );
}

/** For the export of the account: of every workspace that the user owns, teams included. */
export function listOwnedFiles(ctx: UserCtx, page: PageRequest): Promise<Paginated<File>> {
  const workspaces = ownedWorkspacesSubquery(ctx.principal.userId);
  return paginate(
    page,
    (after, limit) => queries.listFileRows(ctx.db, { workspaces, after, limit }),
    (row) => toFile(ctx, row),
  );
}

export const getFile = async (ctx: MemberCtx, { id }: { id: string }): Promise<File> =>
  toFile(ctx, requireFileRow(ctx, await queries.findFileRow(ctx.db, id, roleOfFile(ctx))));

const formatMegabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;

/** Throws `LIMIT_REACHED`. */
export async function requireQuota(
  ctx: Pick<AppCtx, 'config' | 'db'>,
  workspaceId: string,
  size: number,
): Promise<void> {
  const { quotaBytes } = ctx.config.files;
  const { count, bytes } = await queries.readFileUsage(ctx.db, workspaceId);
  if (bytes + size > quotaBytes) {
    const [used, quota, added] = [bytes, quotaBytes, size].map(formatMegabytes);
    throw new AppError(
      'LIMIT_REACHED',
      `The workspace uses ${used} of ${quota}, and this file needs ${added}. Delete files to make room.`,
    );
  }
  if (count >= MAX_FILES)
    throw new AppError(
      'LIMIT_REACHED',
      `The workspace has ${count} of ${MAX_FILES} files. Delete files to make room.`,
    );
}

type UploadInput = z.output<typeof uploadFileInput>;

const findTarget = (ctx: MemberCtx, { workspaceId }: UploadInput): string =>
  workspaceId ?? findDefaultWorkspaceId(ctx.principal);

/**
 * Reads the file and puts it into the store, before any transaction. Throws like `requireRole` and `examineAndStore`,
 * and `LIMIT_REACHED`.
 */
export async function storeUpload(ctx: MemberCtx, input: UploadInput): Promise<StoredUpload> {
  const { file: upload, purpose, focus = null } = input;
  const workspaceId = findTarget(ctx, input);
  await requireAccess(ctx, workspaceId);
  // A repetition gets its first answer, however full the workspace is by now.
  if (ctx.idempotencyKey === undefined) await requireQuota(ctx, workspaceId, 0);
  return examineAndStore(ctx, { upload, purpose, focus });
}

/** The name is only shown. */
function toFileName(name: string): string {
  const shown = name
    .normalize('NFC')
    .replaceAll(/[\p{C}\p{Z}/\\]+/gu, ' ')
    .trim();
  return takeCodePoints(shown, MAX_NAME_LENGTH) || 'file';
}

/** Throws like `requireRole`, and `LIMIT_REACHED`. */
export async function createFile(
  ctx: MemberCtx,
  { stored, ...input }: UploadInput & { stored: StoredUpload },
): Promise<File> {
  const { file, purpose, alt = null, focus } = input;
  const id = generateId();
  const workspaceId = findTarget(ctx, input);
  const size = stored.variants.reduce((sum, variant) => sum + variant.size, 0);
  return withTransaction(ctx, async (trx) => {
    await lockWorkspace(trx, workspaceId);
    await requireQuota(trx, workspaceId, size);
    await queries.insertFile(trx.db, {
      ...stored,
      id,
      workspaceId,
      purpose,
      name: toFileName(file.name),
      alt,
      focusX: focus?.x ?? null,
      focusY: focus?.y ?? null,
    });
    return getFile(trx, { id });
  });
}

const lockFile = async (ctx: MemberCtx & TrxCtx, id: string): Promise<queries.FileRow> =>
  requireFileRow(ctx, await queries.lockFileRow(ctx.db, id, roleOfFile(ctx)));

export async function updateFile(ctx: MemberCtx, input: z.infer<typeof updateFileInput>): Promise<File> {
  const { id, alt } = input;
  await withTransaction(ctx, async (trx) => {
    await lockFile(trx, id);
    if (alt !== undefined) await queries.updateFileAlt(trx.db, id, alt);
  });
  return getFile(ctx, { id });
}

/** Throws like `requireRole`, and `CONFLICT` while a page uses the file. */
export async function deleteFile(ctx: MemberCtx, { id }: { id: string }): Promise<void> {
  await withTransaction(ctx, async (trx) => {
    const { workspaceId } = await lockFile(trx, id);
    const handles = await findFileUses(trx.db, { id, workspaceId });
    if (handles.length > 0) {
      const pages = handles.map((handle) => `@${handle}`).join(', ');
      throw new AppError('CONFLICT', `The file is used by ${pages}. Remove it there first.`);
    }
    await queries.deleteFileRow(trx.db, id);
  });
}
