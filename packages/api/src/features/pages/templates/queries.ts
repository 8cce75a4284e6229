import type { Db, Trx } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';
import type { Role } from '../../../core/access.ts';
import type { Snapshot } from '../snapshots/schema.ts';

const COLUMNS = [
  'id',
  'workspace_id as workspaceId',
  'name',
  'description',
  'created_at as createdAt',
] as const;
const blockCount = sql<number>`jsonb_array_length(content -> 'blocks')`.as('blockCount');

export type TemplateRow = Awaited<ReturnType<typeof listTemplateRows>>[number];

export async function listTemplateRows(db: Db, workspaces: RawBuilder<string> | string[]) {
  return db
    .selectFrom('page_templates')
    .select(COLUMNS)
    .select(blockCount)
    .where('workspace_id', 'in', workspaces)
    .orderBy('id')
    .execute();
}

export const findTemplateRow = (db: Db, id: string, role: RawBuilder<Role | null>) =>
  db
    .selectFrom('page_templates')
    .select(COLUMNS)
    .select([blockCount, role.as('role'), sql<Snapshot>`content`.as('content')])
    .where('id', '=', id)
    .executeTakeFirst();

export async function countTemplates(trx: Trx, workspaceId: string): Promise<number> {
  const row = await trx
    .selectFrom('page_templates')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('workspace_id', '=', workspaceId)
    .executeTakeFirstOrThrow();
  return row.count;
}

export async function insertTemplate(
  trx: Trx,
  template: { id: string; workspaceId: string; name: string; description: string | null; content: Snapshot },
): Promise<void> {
  const { id, workspaceId, name, description, content } = template;
  await trx
    .insertInto('page_templates')
    .values({ id, workspace_id: workspaceId, name, description, content: JSON.stringify(content) })
    .execute();
}

export async function deleteTemplateRow(db: Db, id: string): Promise<void> {
  await db.deleteFrom('page_templates').where('id', '=', id).execute();
}
