import type { Db, RewardItemKind, Trx } from '@linkgrove/db';
import { sql } from 'kysely';
import type { RedemptionState } from './schema.ts';

export type RedemptionRow = {
  id: string;
  userId: string;
  username: string | null;
  /** Null unless it is verified. */
  email: string | null;
  item: string;
  kind: RewardItemKind;
  name: string;
  cost: number;
  state: RedemptionState;
  code: string | null;
  note: string | null;
  createdAt: Date;
  fulfilledAt: Date | null;
  cancelledAt: Date | null;
};

const selectRedemptions = (db: Db) =>
  db
    .selectFrom('redemptions as d')
    .innerJoin('credit_entries as e', 'e.id', 'd.id')
    .innerJoin('reward_items as i', 'i.id', 'd.item_id')
    .innerJoin('users as u', 'u.id', 'd.user_id')
    .leftJoin('reward_item_codes as c', 'c.redemption_id', 'd.id')
    .select([
      'd.id',
      'd.user_id as userId',
      'u.username',
      sql<string | null>`case when u.email_verified_at is not null then u.email end`.as('email'),
      'i.item',
      'i.kind',
      'i.name',
      sql<number>`-e.amount`.as('cost'),
      'd.state',
      'c.code',
      'd.note',
      'e.created_at as createdAt',
      'd.fulfilled_at as fulfilledAt',
      'd.cancelled_at as cancelledAt',
    ]);

export const listOwnRedemptionRows = (
  db: Db,
  page: { userId: string; before: string | null; limit: number },
): Promise<RedemptionRow[]> =>
  selectRedemptions(db)
    .where('d.user_id', '=', page.userId)
    .$call((query) => (page.before === null ? query : query.where('d.id', '<', page.before)))
    .orderBy('d.id', 'desc')
    .limit(page.limit)
    .execute();

export type RedemptionsFilter = {
  state: RedemptionState | undefined;
  item: string | undefined;
  userId: string | undefined;
};

/** Oldest first. */
export const listRedemptionRows = (
  db: Db,
  page: { filter: RedemptionsFilter; after: string | null; limit: number },
): Promise<RedemptionRow[]> => {
  const { state, item, userId } = page.filter;
  return selectRedemptions(db)
    .$call((query) => (state === undefined ? query : query.where('d.state', '=', state)))
    .$call((query) => (item === undefined ? query : query.where('i.item', '=', item)))
    .$call((query) => (userId === undefined ? query : query.where('d.user_id', '=', userId)))
    .$call((query) => (page.after === null ? query : query.where('d.id', '>', page.after)))
    .orderBy('d.id')
    .limit(page.limit)
    .execute();
};

export const findRedemptionRow = (db: Db, id: string): Promise<RedemptionRow | undefined> =>
  selectRedemptions(db).where('d.id', '=', id).executeTakeFirst();

export async function insertRedemptionRecord(
  trx: Trx,
  { id, userId, itemId, isOpen }: { id: string; userId: string; itemId: string; isOpen: boolean },
): Promise<void> {
  await trx
    .insertInto('redemptions')
    .values({
      id,
      user_id: userId,
      item_id: itemId,
      state: isOpen ? 'open' : 'fulfilled',
      fulfilled_at: isOpen ? null : sql`now()`,
    })
    .execute();
}

/** The next free one. Skips codes that others are taking, so undefined means that none is left for this one. */
export async function takeItemCode(
  trx: Trx,
  { itemId, redemptionId }: { itemId: string; redemptionId: string },
): Promise<string | undefined> {
  const { rows } = await sql<{ code: string }>`
    update reward_item_codes set redemption_id = ${redemptionId}
    where id = (
      select id from reward_item_codes where item_id = ${itemId} and redemption_id is null
      order by id limit 1 for update skip locked
    )
    returning code`.execute(trx);
  return rows[0]?.code;
}

export type RedemptionEnd = {
  id: string;
  state: 'fulfilled' | 'cancelled';
  note: string | null;
  actorId: string;
};

/** Of parallel calls one returns true. */
export async function endRedemptionRow(
  trx: Trx,
  { id, state, note, actorId }: RedemptionEnd,
): Promise<boolean> {
  const ended =
    state === 'fulfilled'
      ? { fulfilled_at: sql<Date>`now()`, fulfilled_by: actorId }
      : { cancelled_at: sql<Date>`now()`, cancelled_by: actorId };
  const { numUpdatedRows } = await trx
    .updateTable('redemptions')
    .set({ state, note, ...ended })
    .where('id', '=', id)
    .where('state', '=', 'open')
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Needs the lock on the account. */
export async function returnSpentCredits(
  trx: Trx,
  { id, redemptionId }: { id: string; redemptionId: string },
): Promise<void> {
  await sql`
    with spent as (select id, user_id, -amount as credits from credit_entries where id = ${redemptionId}),
    account as (
      update credit_accounts a set balance = a.balance + s.credits from spent s where a.user_id = s.user_id
      returning a.balance
    )
    insert into credit_entries (id, user_id, amount, kind, reverses_id, balance_after)
    select ${id}::uuid, s.user_id, s.credits, 'cancellation', s.id, a.balance from spent s, account a`.execute(
    trx,
  );
}
