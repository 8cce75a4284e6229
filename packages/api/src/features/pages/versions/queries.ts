import type { Db, Trx } from '@linkgrove/db';
import { sql } from 'kysely';
import type { Snapshot } from '../snapshots/schema.ts';
import { MAX_VERSIONS } from './policy.ts';

const selectVersions = (db: Db, pageId: string) =>
  db
    .selectFrom('page_versions as v')
    .innerJoin('users as u', 'u.id', 'v.created_by')
    .select([
      'v.id',
      'v.number',
      'v.reason',
      'v.note',
      'v.created_by as userId',
      'v.created_at as createdAt',
      sql<string | null>`case when u.deleted_at is null then u.username end`.as('username'),
    ])
    .where('v.page_id', '=', pageId);

export type VersionRow = Awaited<ReturnType<typeof listVersionRows>>[number];

/** The newest first. */
export async function listVersionRows(
  db: Db,
  { pageId, before, limit }: { pageId: string; before: string | null; limit: number },
) {
  return selectVersions(db, pageId)
    .$call((query) =>
      before === null
        ? query
        : query.where('v.number', '<', (eb) =>
            eb.selectFrom('page_versions').select('number').where('id', '=', before),
          ),
    )
    .orderBy('v.number', 'desc')
    .limit(limit)
    .execute();
}

export async function findVersionRow(db: Db, pageId: string, id: string) {
  return selectVersions(db, pageId)
    .select(sql<Snapshot>`v.content`.as('content'))
    .where('v.id', '=', id)
    .executeTakeFirst();
}

export async function findNewestVersion(trx: Trx, pageId: string) {
  return trx
    .selectFrom('page_versions')
    .select(['id', 'number', sql<Snapshot>`content`.as('content')])
    .where('page_id', '=', pageId)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
}

export type NewVersion = {
  id: string;
  pageId: string;
  number: number;
  reason: 'publish' | 'restore';
  note: string | null;
  userId: string;
  content: Snapshot;
};

/** Deletes the versions that are too old to be kept. */
export async function insertVersion(trx: Trx, version: NewVersion): Promise<void> {
  const { id, pageId, number, reason, note, userId, content } = version;
  await trx
    .insertInto('page_versions')
    .values({
      id,
      page_id: pageId,
      number,
      reason,
      note,
      created_by: userId,
      content: JSON.stringify(content),
    })
    .execute();
  await trx
    .deleteFrom('page_versions')
    .where('page_id', '=', pageId)
    .where('number', '<=', number - MAX_VERSIONS)
    .execute();
}
