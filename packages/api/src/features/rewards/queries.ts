import { type Db, prepareQuery, type Trx } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';
import type { CreditEntry, EntryReason } from './schema.ts';

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

export type RewardChange = {
  state: 'pending' | 'granted' | 'capped' | 'cancelled' | 'reversed' | 'review' | 'waived';
  reason?: string | null;
  /** An administrator. */
  decidedBy?: string | null;
  isRestored?: boolean;
};

export async function updateRewardState(
  trx: Trx,
  id: string,
  { state, reason, decidedBy, isRestored }: RewardChange,
): Promise<void> {
  await trx
    .updateTable('rewards')
    .set({
      state,
      ...(reason !== undefined && { reason }),
      ...(decidedBy !== undefined && { decided_by: decidedBy }),
      ...(isRestored && { restored_at: sql<Date>`now()` }),
    })
    .where('id', '=', id)
    .execute();
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

export const creditAccountSubquery = (userId: RawBuilder<unknown>) => sql`(
  select coalesce(a.balance, 0)::bigint + d.sum as balance, coalesce(a.earned, 0)::bigint + d.sum as earned
  from (select coalesce(sum(amount), 0)::bigint as sum from credit_deltas where user_id = ${userId}) d
  left join credit_accounts a on a.user_id = ${userId}
)`;

export type CreditAccount = {
  balance: number;
  earned: number;
  pending: number;
  /** Part of the balance that cannot be spent, because rewards are in review whose credits were spent. */
  held: number;
};

const creditsInReviewPart = (userId: RawBuilder<unknown>) => sql`(
  select coalesce(sum(credits), 0)::bigint from rewards where user_id = ${userId} and state = 'review'
)`;

const selectCreditAccount = prepareQuery({ userId: '' }, (db, { userId }) =>
  sql<CreditAccount>`
    select balance, earned, (
      select coalesce(sum(credits), 0)::bigint from rewards where user_id = ${userId}::uuid and state = 'pending'
    ) as pending, least(balance, ${creditsInReviewPart(sql`${userId}::uuid`)}) as held
    from ${creditAccountSubquery(sql`${userId}::uuid`)} account`.compile(db),
);

export async function findCreditAccount(db: Db, userId: string): Promise<CreditAccount> {
  const [account] = await selectCreditAccount(db, { userId });
  return account ?? { balance: 0, earned: 0, pending: 0, held: 0 };
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

/** Needs the lock on the account. Returns the balance left, or undefined if it is too low. */
export async function subtractCredits(
  trx: Trx,
  userId: string,
  credits: number,
): Promise<number | undefined> {
  const row = await trx
    .updateTable('credit_accounts')
    .set({ balance: sql`balance - ${credits}::int`, earned: sql`earned - ${credits}::int` })
    .where('user_id', '=', userId)
    .where('balance', '>=', credits)
    .returning('balance')
    .executeTakeFirst();
  return row?.balance;
}

export type CreditEntryRow = Omit<CreditEntry, 'createdAt' | 'dueAt'> & {
  createdAt: Date;
  dueAt: Date | null;
};

const isRole = (reason: EntryReason): reason is NewReward['role'] | 'milestone' =>
  ['referrer', 'referred', 'milestone'].includes(reason);

/** Of entries `e`. */
export function entryReasonCondition(reason: EntryReason | undefined) {
  if (reason === undefined) return sql<boolean>`true`;
  if (!isRole(reason)) return sql<boolean>`e.kind = ${reason}`;
  return sql<boolean>`e.kind = 'reward' and exists (
    select from rewards x where x.id = e.reward_id and x.role = ${reason}
  )`;
}

const pendingReasonCondition = (reason: EntryReason | undefined) =>
  reason === undefined ? sql<boolean>`true` : sql<boolean>`w.role = ${reason}`;

/** With the pending rewards, which have no entry yet: one statement shows a reward as pending or as granted, never both. */
export async function listCreditEntryRows(
  db: Db,
  page: { userId: string; reason: EntryReason | undefined; before: string | null; limit: number },
): Promise<CreditEntryRow[]> {
  // The subquery keeps the planner on the user index even for users with very many entries.
  const part = (alias: string, condition: RawBuilder<boolean>) => sql`
    ${sql.ref(`${alias}.user_id`)} = (select ${page.userId}::uuid) and ${condition}
      and (${page.before}::uuid is null or ${sql.ref(`${alias}.id`)} < ${page.before}::uuid)
    order by ${sql.ref(`${alias}.id`)} desc limit ${page.limit}`;
  const { rows } = await sql<CreditEntryRow>`
    (
      select e.id, e.kind, e.amount, coalesce(e.item, reversed.item) as item,
        case e.kind when 'reward' then 'granted' end as state, r.role, r.referral_id as "referralId", r.threshold as milestone, e.created_at as "createdAt",
        null::timestamptz as "dueAt"
      from (select * from credit_entries e where ${part('e', entryReasonCondition(page.reason))}) e
        left join credit_entries reversed on reversed.id = e.reverses_id
        left join rewards r on r.id = coalesce(e.root_reward_id, e.reward_id, reversed.reward_id)
    ) union all (
      select w.id, 'reward', w.credits, null, 'pending', w.role, w.referral_id, w.threshold, w.created_at, w.due_at
      from rewards w where w.state = 'pending' and ${part('w', pendingReasonCondition(page.reason))}
    )
    order by id desc limit ${page.limit}`.execute(db);
  return rows;
}
