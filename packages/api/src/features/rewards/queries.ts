import { type Db, prepareQuery, type Trx } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';

export type NewReward = {
  id: string;
  userId: string;
  referralId: string;
  campaignId: string;
  role: 'referrer' | 'referred';
  credits: number;
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
    })
    .onConflict((conflict) => conflict.constraint('rewards_referral_id_role_key').doNothing())
    .executeTakeFirst();
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

export async function updateRewardState(
  trx: Trx,
  id: string,
  change: { state: 'capped' | 'reversed' | 'review' | 'waived' },
): Promise<void> {
  await trx.updateTable('rewards').set(change).where('id', '=', id).execute();
}

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

export type GrantedReward = Awaited<ReturnType<typeof lockRewards>>[number];

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

const selectCreditAccount = prepareQuery({ userId: '' }, (db, { userId }) =>
  sql<{ balance: number; earned: number }>`
    select balance, earned from ${creditAccountSubquery(sql`${userId}::uuid`)} account`.compile(db),
);

export async function findCreditAccount(
  db: Db,
  userId: string,
): Promise<{ balance: number; earned: number }> {
  const [account] = await selectCreditAccount(db, { userId });
  return account ?? { balance: 0, earned: 0 };
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
      // The subquery keeps the planner on the user index even for users with very many entries.
      .where('e.user_id', '=', sql<string>`(select ${page.userId}::uuid)`)
      .$call((query) => (page.before === null ? query : query.where('e.id', '<', page.before)))
      .orderBy('e.id', 'desc')
      .limit(page.limit)
      .execute()
  );
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
