import type { CapPeriod, Db, Trx } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';

export type NewReward = {
  id: string;
  userId: string;
  referralId: string;
  campaignId: string;
  role: 'referrer' | 'referred';
  credits: number;
};

/** Stores the reward of one side of a referral; false if that side has it already. */
export async function insertReward(trx: Trx, reward: NewReward): Promise<boolean> {
  const result = await trx
    .insertInto('rewards')
    .values({
      id: reward.id,
      user_id: reward.userId,
      referral_id: reward.referralId,
      campaign_id: reward.campaignId,
      role: reward.role,
      credits: reward.credits,
    })
    .onConflict((conflict) => conflict.constraint('rewards_referral_id_role_key').doNothing())
    .executeTakeFirst();
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

const PERIOD_FORMATS: Record<CapPeriod, string> = {
  day: 'YYYY-MM-DD',
  week: 'IYYY-"W"IW',
  month: 'YYYY-MM',
  all: '"all"',
};

/**
 * Takes one of the places that a cap leaves a user in the period of this moment, such as `2026-11`; returns
 * the period, undefined where no place is left. Exactly `cap` of parallel calls succeed.
 */
export async function takeCapSlot(
  trx: Trx,
  of: { userId: string; campaignId: string; cap: number; capPeriod: CapPeriod },
): Promise<string | undefined> {
  const { rows } = await sql<{ period: string }>`
    insert into reward_caps as c (user_id, campaign_id, period, granted, cap)
    values (
      ${of.userId}, ${of.campaignId}, to_char(now() at time zone 'utc', ${PERIOD_FORMATS[of.capPeriod]}), 1, ${of.cap}
    )
    on conflict (user_id, campaign_id, period) do update
      set granted = c.granted + 1, cap = greatest(c.cap, excluded.cap)
      where c.granted < excluded.cap
    returning period`.execute(trx);
  return rows[0]?.period;
}

/** Gives back the place that a reward took of its period. */
export async function returnCapSlot(
  trx: Trx,
  of: { userId: string; campaignId: string; period: string },
): Promise<void> {
  await trx
    .updateTable('reward_caps')
    .set({ granted: sql`granted - 1` })
    .where('user_id', '=', of.userId)
    .where('campaign_id', '=', of.campaignId)
    .where('period', '=', of.period)
    .execute();
}

export async function updateRewardState(
  trx: Trx,
  id: string,
  change: { state?: 'capped' | 'reversed' | 'review' | 'waived'; cap_period?: string },
): Promise<void> {
  await trx.updateTable('rewards').set(change).where('id', '=', id).execute();
}

/** Puts a reward into the ledger, and into the sum that is still to be settled. */
export async function insertCreditEntry(
  trx: Trx,
  reward: { id: string; userId: string; credits: number },
): Promise<void> {
  await sql`
    with entry as (
      insert into credit_entries (id, user_id, amount, kind, reward_id)
      values (${reward.id}, ${reward.userId}, ${reward.credits}, 'reward', ${reward.id})
      returning user_id, amount
    )
    insert into credit_deltas (user_id, amount) select user_id, amount from entry`.execute(trx);
}

/** A reward that stands in the ledger. */
export type GrantedReward = Awaited<ReturnType<typeof lockRewards>>[number];

/** Rewards in one state that stand in the ledger, in one order for all, held until the transaction ends. */
export async function lockRewards(
  trx: Trx,
  of: { referralId: string; state: 'granted' } | { id: string; state: 'review' },
) {
  return trx
    .selectFrom('rewards as r')
    .innerJoin('credit_entries as e', 'e.reward_id', 'r.id')
    .select([
      'r.id',
      'r.user_id as userId',
      'r.campaign_id as campaignId',
      'r.credits',
      'r.cap_period as period',
      'e.id as entryId',
    ])
    .$call((query) =>
      'id' in of ? query.where('r.id', '=', of.id) : query.where('r.referral_id', '=', of.referralId),
    )
    .where('r.state', '=', of.state)
    .orderBy('r.user_id')
    .forUpdate(['r'])
    .execute();
}

/** What a user has and what they ever earned, as a row to select from: what is settled, and what has come since. */
export const creditAccountSubquery = (userId: RawBuilder<unknown>) => sql`(
  select coalesce(a.balance, 0)::bigint + d.sum as balance, coalesce(a.earned, 0)::bigint + d.sum as earned
  from (select coalesce(sum(amount), 0)::bigint as sum from credit_deltas where user_id = ${userId}) d
  left join credit_accounts a on a.user_id = ${userId}
)`;

/** What the user has and what they ever earned. */
export async function findCreditAccount(
  db: Db,
  userId: string,
): Promise<{ balance: number; earned: number }> {
  const { rows } = await sql<{ balance: number; earned: number }>`
    select balance, earned from ${creditAccountSubquery(sql`${userId}::uuid`)} account`.execute(db);
  return rows[0] ?? { balance: 0, earned: 0 };
}

/**
 * Settles the accounts of users and holds them until the transaction ends, so that what is spent takes turns.
 * Here and in `settle` all sums are taken before all accounts, and those in one order, so that nobody waits
 * for another for ever: hold all at once that one transaction needs.
 */
export async function lockCreditAccounts(trx: Trx, userIds: string[]): Promise<void> {
  await sql`
    with moved as (
      delete from credit_deltas where user_id = any(${userIds}::uuid[]) returning user_id, amount
    )
    insert into credit_accounts as a (user_id, balance, earned)
    select u.id, coalesce(sum(m.amount), 0), coalesce(sum(m.amount), 0)
    from unnest(${userIds}::uuid[]) u (id) left join moved m on m.user_id = u.id
    group by u.id order by u.id
    on conflict (user_id) do update
      set balance = a.balance + excluded.balance, earned = a.earned + excluded.earned`.execute(trx);
}

/** Settles the oldest `limit` credits of all users; returns how many. */
export async function settleCreditDeltas(trx: Trx, limit: number): Promise<number> {
  const { rows } = await sql<{ moved: number }>`
    with moved as (
      delete from credit_deltas
      where id in (select id from credit_deltas order by id limit ${limit} for update skip locked)
      returning user_id, amount
    ),
    accounts as (
      insert into credit_accounts as a (user_id, balance, earned)
      select user_id, sum(amount), sum(amount) from moved group by user_id order by user_id
      on conflict (user_id) do update
        set balance = a.balance + excluded.balance, earned = a.earned + excluded.earned
    )
    select count(*) as moved from moved`.execute(trx);
  return rows[0]?.moved ?? 0;
}

/** Takes credits from a locked account and returns what is left; undefined where it holds less. */
export async function subtractCredits(
  trx: Trx,
  userId: string,
  amount: { balance: number; earned: number },
): Promise<number | undefined> {
  const row = await trx
    .updateTable('credit_accounts')
    .set({ balance: sql`balance - ${amount.balance}::int`, earned: sql`earned - ${amount.earned}::int` })
    .where('user_id', '=', userId)
    .where('balance', '>=', amount.balance)
    .returning('balance')
    .executeTakeFirst();
  return row?.balance;
}

/** Writes into the ledger that a reward was taken back; once per reward, or it throws. */
export async function insertReversalEntry(
  trx: Trx,
  entry: { id: string; userId: string; credits: number; reversesId: string; balance: number },
): Promise<void> {
  await trx
    .insertInto('credit_entries')
    .values({
      id: entry.id,
      user_id: entry.userId,
      amount: -entry.credits,
      kind: 'reversal',
      reverses_id: entry.reversesId,
      balance_after: entry.balance,
    })
    .execute();
}

/** A page of the user's entries, newest first. */
export async function listCreditEntryRows(
  db: Db,
  page: { userId: string; before: string | null; limit: number },
) {
  return (
    db
      .selectFrom('credit_entries as e')
      .leftJoin('credit_entries as reversed', 'reversed.id', 'e.reverses_id')
      .leftJoin('rewards as r', (join) =>
        join.on((eb) => eb('r.id', '=', eb.fn.coalesce('e.reward_id', 'reversed.reward_id'))),
      )
      .select([
        'e.id',
        'e.kind',
        'e.amount',
        'e.item',
        'r.role',
        'r.referral_id as referralId',
        'r.threshold as milestone',
        'e.created_at as createdAt',
      ])
      // Has the plan not hope to come across an entry of this user soon; see the list of referrals.
      .where('e.user_id', '=', sql<string>`(select ${page.userId}::uuid)`)
      .$if(page.before !== null, (query) => query.where('e.id', '<', page.before as string))
      .orderBy('e.id', 'desc')
      .limit(page.limit)
      .execute()
  );
}

/** The redemption that was made with a key, if there is one. */
export async function findRedemptionByKey(trx: Trx, userId: string, key: string) {
  return trx
    .selectFrom('credit_entries')
    .select(['id', 'item', 'balance_after as balance', 'premium_until as premiumUntil'])
    .where('user_id', '=', userId)
    .where('idempotency_key', '=', key)
    .executeTakeFirst();
}

export async function insertRedemption(
  trx: Trx,
  entry: {
    id: string;
    userId: string;
    item: string;
    cost: number;
    key: string | null;
    balance: number;
    premiumUntil: Date;
  },
): Promise<void> {
  await trx
    .insertInto('credit_entries')
    .values({
      id: entry.id,
      user_id: entry.userId,
      amount: -entry.cost,
      kind: 'redemption',
      item: entry.item,
      idempotency_key: entry.key,
      balance_after: entry.balance,
      premium_until: entry.premiumUntil,
    })
    .execute();
}
