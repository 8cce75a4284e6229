import type { AppCtx, AppTrxCtx, DbCtx, TrxCtx } from '../../../core/context.ts';
import { generateId } from '../../../core/crypto/ids.ts';
import type { MemberError } from '../../../core/errors.ts';
import { KIND_NAMES } from '../policy.ts';
import * as queries from '../queries.ts';
import type { File, FileUse } from '../schema.ts';
import { requireQuota, toFile } from '../service.ts';

type HeldFile = Awaited<ReturnType<typeof queries.holdFileRows>>[number];

function findUseError(
  { path, kinds, isDescribed, maxBytes = Infinity }: FileUse,
  file: HeldFile | undefined,
): MemberError[] {
  if (!file) return [{ path, message: 'Choose a file of the same workspace', code: 'unknown_file' }];
  if (!kinds.includes(file.kind)) {
    const wanted = kinds.map((kind) => KIND_NAMES[kind]).join(' or ');
    return [{ path, message: `Choose ${wanted}`, code: 'wrong_kind' }];
  }
  if (file.size > maxBytes)
    return [{ path, message: `Use a file of at most ${maxBytes / 1_000_000} MB here`, code: 'too_large' }];
  if (file.kind !== 'picture' || isDescribed || file.alt !== null) return [];
  const message = 'Say in `alt` what the picture shows, or set `decorative` if it adds nothing';
  return [{ path: path.replace(/fileId$/, 'alt'), message, code: 'required' }];
}

/** Keeps the files from being deleted before the transaction ends. Empty if the workspace has them all. */
export async function holdFiles(ctx: TrxCtx, workspaceId: string, uses: FileUse[]): Promise<MemberError[]> {
  if (uses.length === 0) return [];
  const rows = await queries.holdFileRows(ctx.db, workspaceId, [...new Set(uses.map(({ id }) => id))]);
  const files = new Map(rows.map((row) => [row.id, row]));
  return uses.flatMap((use) => findUseError(use, files.get(use.id)));
}

export type FileFinder = (id: string) => File | undefined;

/** Loads files for visitors: only those of the workspace that owns the page, whatever the page says. */
export async function loadFiles(
  ctx: DbCtx & Pick<AppCtx, 'config'>,
  workspaceId: string,
  ids: string[],
): Promise<FileFinder> {
  if (ids.length === 0) return () => undefined;
  const rows = await queries.listFileRowsByIds(ctx.db, workspaceId, [...new Set(ids)]);
  const files = new Map(rows.map((row) => [row.id, toFile(ctx, row)]));
  return (id) => files.get(id);
}

/** The content is shared, so nothing is stored again. Returns the new ID of each. Throws `LIMIT_REACHED`. */
export async function copyFiles(
  ctx: AppTrxCtx,
  { ids, from, to }: { ids: string[]; from: string; to: string },
): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await queries.listFileRowsByIds(ctx.db, from, ids);
  await requireQuota(
    ctx,
    to,
    rows.reduce((sum, { size }) => sum + size, 0),
  );
  const copies = rows.map((row) => ({ row, id: generateId() }));
  for (const { row, id } of copies) {
    const { size: _size, unusedSince: _unused, createdAt: _created, ...file } = row;
    await queries.insertFile(ctx.db, { ...file, id, workspaceId: to });
  }
  return new Map(copies.map(({ row, id }) => [row.id, id]));
}
