import type { Db, Trx } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';
import type { Role } from '../../core/access.ts';
import type { Kind, Purpose } from './policy.ts';

/** `roleSubquery` of workspaces for `f.workspace_id`. */
export type RoleOfFile = RawBuilder<Role | null>;

export type VariantRow = {
  key: string;
  type: string;
  width: number | null;
  height: number | null;
  size: number;
};

const variantsSubquery = sql<VariantRow[]>`(
  select coalesce(json_agg(json_build_object('key', v.object_key, 'type', v.type, 'width', v.width,
    'height', v.height, 'size', v.size) order by v.position), '[]')
  from file_variants v where v.file_id = f.id
)`;

const selectFiles = (db: Db) =>
  db
    .selectFrom('files as f')
    .select([
      'f.id',
      'f.workspace_id as workspaceId',
      'f.purpose',
      'f.kind',
      'f.name',
      'f.alt',
      'f.width',
      'f.height',
      'f.focus_x as focusX',
      'f.focus_y as focusY',
      'f.size',
      'f.unused_since as unusedSince',
      'f.created_at as createdAt',
      variantsSubquery.as('variants'),
    ]);

export type FileRow = Awaited<ReturnType<typeof listFileRows>>[number];

export async function listFileRows(
  db: Db,
  filter: {
    workspaces: RawBuilder<string> | string[];
    kind?: Kind | undefined;
    after: string | null;
    limit: number;
  },
) {
  const { kind, after } = filter;
  return selectFiles(db)
    .where('f.workspace_id', 'in', filter.workspaces)
    .$call((query) => (kind === undefined ? query : query.where('f.kind', '=', kind)))
    .$call((query) => (after === null ? query : query.where('f.id', '>', after)))
    .orderBy('f.id')
    .limit(filter.limit)
    .execute();
}

export const listFileRowsByIds = (db: Db, workspaceId: string, ids: string[]): Promise<FileRow[]> =>
  selectFiles(db).where('f.workspace_id', '=', workspaceId).where('f.id', 'in', ids).execute();

export const findFileRow = (db: Db, id: string, role: RoleOfFile) =>
  selectFiles(db).select(role.as('role')).where('f.id', '=', id).executeTakeFirst();

/** Waits for changes that are about to use the file, and they for this one. */
export const lockFileRow = (trx: Trx, id: string, role: RoleOfFile) =>
  selectFiles(trx).select(role.as('role')).where('f.id', '=', id).forUpdate('f').executeTakeFirst();

/** Keeps the files from being deleted before the transaction ends. */
export async function holdFileRows(trx: Trx, workspaceId: string, ids: string[]) {
  return trx
    .selectFrom('files')
    .select(['id', 'kind', 'alt', 'size'])
    .where('workspace_id', '=', workspaceId)
    .where('id', 'in', ids)
    .orderBy('id')
    .forKeyShare()
    .execute();
}

export type FileUsage = { count: number; bytes: number };

export async function readFileUsage(db: Db, workspaceId: string): Promise<FileUsage> {
  const row = await db
    .selectFrom('files')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .select(sql<number>`coalesce(sum(size), 0)::bigint`.as('bytes'))
    .where('workspace_id', '=', workspaceId)
    .executeTakeFirstOrThrow();
  return row;
}

export type NewFile = {
  id: string;
  workspaceId: string;
  purpose: Purpose;
  kind: Kind;
  name: string;
  alt: string | null;
  width: number | null;
  height: number | null;
  focusX: number | null;
  focusY: number | null;
  variants: VariantRow[];
};

export async function insertFile(trx: Trx, { variants, ...file }: NewFile): Promise<void> {
  const size = variants.reduce((sum, variant) => sum + variant.size, 0);
  const { workspaceId, focusX, focusY, ...columns } = file;
  await trx
    .insertInto('files')
    .values({ ...columns, workspace_id: workspaceId, focus_x: focusX, focus_y: focusY, size })
    .execute();
  const rows = variants.map(({ key, ...variant }, position) => ({
    ...variant,
    file_id: file.id,
    position,
    object_key: key,
  }));
  await trx.insertInto('file_variants').values(rows).execute();
}

export async function updateFileAlt(trx: Trx, id: string, alt: string | null): Promise<void> {
  await trx.updateTable('files').set({ alt }).where('id', '=', id).execute();
}

export async function deleteFileRow(trx: Trx, id: string): Promise<void> {
  await trx.deleteFrom('files').where('id', '=', id).execute();
}
