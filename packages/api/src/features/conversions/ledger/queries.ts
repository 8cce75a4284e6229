import type { Db, Trx } from '@linkgrove/db';
import { sql } from 'kysely';

export type LedgerEntry = {
  id: string;
  campaignId: string;
  recipientId: string;
  unit: string;
  amount: number;
  kind: 'reward' | 'fulfilment' | 'redemption' | 'reversal';
  rewardId: string | null;
  reversesId: string | null;
  externalId: string | null;
};

export async function addToBalance(trx: Trx, entry: LedgerEntry): Promise<void> {
  await sql`
    insert into campaign_balances as b (campaign_id, recipient_id, unit, balance)
    values (${entry.campaignId}, ${entry.recipientId}, ${entry.unit}, ${entry.amount})
    on conflict (recipient_id, unit) do update set balance = b.balance + excluded.balance`.execute(trx);
}

/** Returns false if the balance is too low. */
export async function takeFromBalance(trx: Trx, entry: LedgerEntry): Promise<boolean> {
  const result = await trx
    .updateTable('campaign_balances')
    .set({ balance: sql`balance + ${entry.amount}::bigint` })
    .where('recipient_id', '=', entry.recipientId)
    .where('unit', '=', entry.unit)
    .where('balance', '>=', -entry.amount)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export async function insertEntry(trx: Trx, entry: LedgerEntry): Promise<void> {
  await trx
    .insertInto('campaign_entries')
    .values({
      id: entry.id,
      campaign_id: entry.campaignId,
      recipient_id: entry.recipientId,
      unit: entry.unit,
      amount: entry.amount,
      kind: entry.kind,
      reward_id: entry.rewardId,
      reverses_id: entry.reversesId,
      external_id: entry.externalId,
    })
    .execute();
}

/** A fulfilment before its reward. */
export const listEntriesOfReward = (trx: Trx, rewardId: string) =>
  trx
    .selectFrom('campaign_entries')
    .select(['id', 'amount', 'kind'])
    .where('reward_id', '=', rewardId)
    .where('kind', '<>', 'reversal')
    .orderBy('kind')
    .execute();

export const findRedemption = (trx: Trx, recipientId: string, externalId: string) =>
  trx
    .selectFrom('campaign_entries')
    .select(['id', 'amount', 'created_at as createdAt'])
    .where('recipient_id', '=', recipientId)
    .where('external_id', '=', externalId)
    .executeTakeFirst();

export async function listEntryRows(
  db: Db,
  page: { recipientId: string; before: string | null; limit: number },
) {
  return db
    .selectFrom('campaign_entries')
    .select([
      'id',
      'kind',
      'amount',
      'unit',
      'reward_id as rewardId',
      'external_id as externalId',
      'created_at as createdAt',
    ])
    .where('recipient_id', '=', page.recipientId)
    .$call((query) => (page.before === null ? query : query.where('id', '<', page.before)))
    .orderBy('id', 'desc')
    .limit(page.limit)
    .execute();
}
