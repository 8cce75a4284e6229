import { type Db, isoTimePart, takedownJsonPart, type Trx } from '@linkgrove/db';
import { sql } from 'kysely';
import type { PageTakedown, TakedownReason } from '../../pages/takedowns/schema.ts';
import { moderatedPagePart } from '../queries.ts';
import type { ModeratedPageHistory } from './schema.ts';

/** False if one stands. */
export async function insertTakedown(
  trx: Trx,
  given: { id: string; pageId: string; reason: TakedownReason; note: string | null },
): Promise<boolean> {
  const { id, pageId, reason, note } = given;
  const row = await trx
    .insertInto('page_takedowns')
    .values({ id, page_id: pageId, reason, note })
    .onConflict((conflict) => conflict.column('page_id').where('restored_at', 'is', null).doNothing())
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/** An open appeal is granted by it. False if none stands. */
export async function endTakedown(trx: Trx, pageId: string, note: string | null): Promise<boolean> {
  const { rows } = await sql`
    update page_takedowns set restored_at = now(),
      decision = case when appeal is not null then coalesce(decision, 'granted') end,
      decision_note = case when appeal is not null and decision is null then ${note}::text else decision_note end,
      decided_at = case when appeal is not null then coalesce(decided_at, now()) end
    where page_id = ${pageId} and restored_at is null returning id`.execute(trx);
  return rows.length > 0;
}

/** Once. */
export async function storeAppeal(trx: Trx, pageId: string, text: string): Promise<boolean> {
  const result = await trx
    .updateTable('page_takedowns')
    .set({ appeal: text, appealed_at: sql<Date>`now()` })
    .where('page_id', '=', pageId)
    .where('restored_at', 'is', null)
    .where('appeal', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

const openAppealCondition = sql<boolean>`t.appeal is not null and t.decision is null and t.restored_at is null`;

export async function findPageOfAppeal(db: Db, id: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('page_takedowns as t')
    .select('t.page_id')
    .where('t.id', '=', id)
    .where(sql<boolean>`t.appeal is not null`)
    .executeTakeFirst();
  return row?.page_id;
}

/** The caller holds the page's lock and knows that the appeal is open. */
export async function markTakedownUpheld(trx: Trx, id: string, note: string | null): Promise<void> {
  await trx
    .updateTable('page_takedowns')
    .set({ decision: 'upheld', decision_note: note, decided_at: sql<Date>`now()` })
    .where('id', '=', id)
    .execute();
}

export async function isAppealOpen(trx: Trx, id: string): Promise<boolean> {
  const { rows } = await sql`
    select from page_takedowns t where t.id = ${id} and ${openAppealCondition}`.execute(trx);
  return rows.length > 0;
}

const selectAppeals = (db: Db) =>
  db
    .selectFrom('page_takedowns as t')
    .innerJoin('pages as p', 'p.id', 't.page_id')
    .select(['t.id', moderatedPagePart.as('page'), sql<PageTakedown>`${takedownJsonPart}`.as('takedown')]);
export type AppealRow = Awaited<ReturnType<typeof listOpenAppealRows>>[number];

/** The oldest first. */
export const listOpenAppealRows = (db: Db, { after, limit }: { after: string | null; limit: number }) =>
  selectAppeals(db)
    .where(openAppealCondition)
    .$call((query) => (after === null ? query : query.where('t.id', '>', after)))
    .orderBy('t.id')
    .limit(limit)
    .execute();

export const findAppealRow = (db: Db, id: string): Promise<AppealRow | undefined> =>
  selectAppeals(db).where('t.id', '=', id).executeTakeFirst();

const takedownsSubquery = sql<ModeratedPageHistory['takedowns']>`(
  select coalesce(json_agg(${takedownJsonPart}::jsonb || jsonb_build_object(
    'id', t.id, 'restoredAt', ${isoTimePart(sql`t.restored_at`)}
  ) order by t.id desc), '[]') from page_takedowns t where t.page_id = p.id
)`;

export const findModeratedPageRow = (db: Db, of: { id: string } | { handle: string }) =>
  db
    .selectFrom('pages as p')
    .select([moderatedPagePart.as('page'), takedownsSubquery.as('takedowns')])
    .$call((query) =>
      'id' in of
        ? query.where('p.id', '=', of.id)
        : query.where('p.id', 'in', (eb) =>
            eb
              .selectFrom('handles')
              .select(sql<string>`page_id`.as('page_id'))
              .where('handle', '=', of.handle.toLowerCase()),
          ),
    )
    .executeTakeFirst();
