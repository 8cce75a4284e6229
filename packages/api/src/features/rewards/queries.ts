import { type Db, prepareQuery, type Trx } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';
import type { CreditEntry } from './schema.ts';

export type NewReward = {
  id: string;
  userId: string;
  referralId: string;
  campaignId: string;
  role: 'referrer' | 'referred';
  credits: number;
  holdDays: number;
};

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
      ...(reward.holdDays > 0 && {
        state: 'pending',
        due_at: sql<Date>`now() + make_interval(days => ${reward.holdDays}::int)`,
      }),
    })
    .onConflict((conflict) => conflict.constraint('rewards_referral_id_role_key').doNothing())
    .executeTakeFirst();
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

export async function updateRewardState(
  trx: Trx,
  id: string,
  change: { state: 'granted' | 'capped' | 'cancelled' | 'reversed' | 'review' | 'waived' },
): Promise<void> {
  await trx.updateTable('rewards').set(change).where('id', '=', id).execute();
}

export async function insertCreditEntry(
  trx: Trx,
  entry: { id: string; userId: string; credits: number; rewardId: string },
): Promise<void> {
  await sql`
    with entry as (
      insert into credit_entries (id, user_id, amount, kind, reward_id)
      values (${entry.id}, ${entry.userId}, ${entry.credits}, 'reward', ${entry.rewardId})
      returning user_id, amount
    )
    insert into credit_deltas (user_id, amount) select user_id, amount from entry`.execute(trx);
}

export type GrantedReward = Awaited<ReturnType<typeof lockRewards>>[number];

/** In the order of their users. Read them after: a statement that waited for the lock would see no entry made meanwhile. */
export async function lockReferralRewards(trx: Trx, referralId: string): Promise<void> {
  await trx
    .selectFrom('rewards')
    .select('id')
    .where('referral_id', '=', referralId)
    .orderBy('user_id')
    .forUpdate()
    .execute();
}

export type PendingReward = Awaited<ReturnType<typeof listPendingRewards>>[number];

/** Needs the lock on the rewards. */
export async function listPendingRewards(trx: Trx, referralId: string) {
  return trx
    .selectFrom('rewards')
    .select(['id', 'user_id as userId', 'role', 'created_at as createdAt'])
    .where('referral_id', '=', referralId)
    .where('state', '=', 'pending')
    .orderBy('user_id')
    .execute();
}

/** Always in the order of their users, against deadlocks. */
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
      'r.role',
      'r.referral_id as referralId',
      'r.threshold as milestone',
      'r.created_at as createdAt',
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

export const creditAccountSubquery = (userId: RawBuilder<unknown>) => sql`(
  select coalesce(a.balance, 0)::bigint + d.sum as balance, coalesce(a.earned, 0)::bigint + d.sum as earned
  from (select coalesce(sum(amount), 0)::bigint as sum from credit_deltas where user_id = ${userId}) d
  left join credit_accounts a on a.user_id = ${userId}
)`;

export type CreditAccount = { balance: number; earned: number; pending: number };

const selectCreditAccount = prepareQuery({ userId: '' }, (db, { userId }) =>
  sql<CreditAccount>`
    select balance, earned, (
      select coalesce(sum(credits), 0)::bigint from rewards where user_id = ${userId}::uuid and state = 'pending'
    ) as pending
    from ${creditAccountSubquery(sql`${userId}::uuid`)} account`.compile(db),
);

export async function findCreditAccount(db: Db, userId: string): Promise<CreditAccount> {
  const [account] = await selectCreditAccount(db, { userId });
  return account ?? { balance: 0, earned: 0, pending: 0 };
}

/** Against deadlocks: call once per transaction with all users; like `settleCreditDeltas`, it locks deltas first. */
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

/** Needs the lock on the account. Returns undefined if the balance is too low. */
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

export type CreditEntryRow = Omit<CreditEntry, 'createdAt' | 'dueAt'> & {
  createdAt: Date;
  dueAt: Date | null;
};

/** With the pending rewards, which have no entry yet: one statement shows a reward as pending or as granted, never both. */
export async function listCreditEntryRows(
  db: Db,
  page: { userId: string; before: string | null; limit: number },
): Promise<CreditEntryRow[]> {
  // The subquery keeps the planner on the user index even for users with very many entries.
  const part = (alias: string) => sql`
    ${sql.ref(`${alias}.user_id`)} = (select ${page.userId}::uuid)
      and (${page.before}::uuid is null or ${sql.ref(`${alias}.id`)} < ${page.before}::uuid)
    order by ${sql.ref(`${alias}.id`)} desc limit ${page.limit}`;
  const { rows } = await sql<CreditEntryRow>`
    (
      select e.id, e.kind, e.amount, e.item, case e.kind when 'reward' then 'granted' end as state, r.role,
        r.referral_id as "referralId", r.threshold as milestone, e.created_at as "createdAt",
        null::timestamptz as "dueAt"
      from (select * from credit_entries e where ${part('e')}) e
        left join credit_entries reversed on reversed.id = e.reverses_id
        left join rewards r on r.id = coalesce(e.reward_id, reversed.reward_id)
    ) union all (
      select w.id, 'reward', w.credits, null, 'pending', w.role, w.referral_id, w.threshold, w.created_at, w.due_at
      from rewards w where w.state = 'pending' and ${part('w')}
    )
    order by id desc limit ${page.limit}`.execute(db);
  return rows;
}

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
    premiumUntil: Date | null;
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
