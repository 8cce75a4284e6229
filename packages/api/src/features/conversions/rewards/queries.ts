import { type Db, isoTimePart, type Trx } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';
import type { Role } from '../../../core/access.ts';
import type { RewardState } from './schema.ts';

export type NewCampaignReward = {
  id: string;
  campaignId: string;
  referralId: string;
  referrerId: string;
  conversionId: string;
  role: 'referrer' | 'referred';
  kind: 'credits' | 'external';
  unit: string;
  amount: number;
  recurring: boolean;
  holdDays: number;
};

/** Returns false if the conversion, or the referral once and for all, has its reward. */
export async function insertCampaignReward(trx: Trx, reward: NewCampaignReward): Promise<boolean> {
  const result = await trx
    .insertInto('campaign_rewards')
    .values({
      id: reward.id,
      campaign_id: reward.campaignId,
      referral_id: reward.referralId,
      referrer_id: reward.referrerId,
      conversion_id: reward.conversionId,
      role: reward.role,
      kind: reward.kind,
      unit: reward.unit,
      amount: reward.amount,
      recurring: reward.recurring,
      due_at: sql<Date>`now() + make_interval(days => ${reward.holdDays})`,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/** Returns the period, such as `2026-11`; undefined if no slot is left. Of parallel calls exactly `cap` succeed. */
export async function takeReferrerSlot(
  trx: Trx,
  of: { referrerId: string; cap: number; periodFormat: string; timezone: string },
): Promise<string | undefined> {
  const { rows } = await sql<{ period: string }>`
    insert into campaign_caps as c (referrer_id, period, granted, cap)
    values (${of.referrerId}, to_char(now() at time zone ${of.timezone}::text, ${of.periodFormat}), 1, ${of.cap})
    on conflict (referrer_id, period) do update
      set granted = c.granted + 1, cap = greatest(c.cap, excluded.cap)
      where c.granted < excluded.cap
    returning period`.execute(trx);
  return rows[0]?.period;
}

export async function returnReferrerSlot(trx: Trx, referrerId: string, period: string): Promise<void> {
  await trx
    .updateTable('campaign_caps')
    .set({ granted: sql`granted - 1` })
    .where('referrer_id', '=', referrerId)
    .where('period', '=', period)
    .execute();
}

export type RewardChange = {
  state?: RewardState;
  cap_period?: string;
  granted_at?: RawBuilder<Date>;
  fulfilled_at?: RawBuilder<Date>;
};

export async function updateCampaignReward(trx: Trx, id: string, change: RewardChange): Promise<void> {
  await trx.updateTable('campaign_rewards').set(change).where('id', '=', id).execute();
}

export type LockedReward = Awaited<ReturnType<typeof lockCampaignRewards>>[number];

type LockedSet = { conversionId: string } | { referralId: string } | { id: string } | { referrerId: string };

/** In the order of the recipients, whose balances follow. */
export async function lockCampaignRewards(trx: Trx, of: LockedSet) {
  return trx
    .selectFrom('campaign_rewards as w')
    .innerJoin('campaign_referrers as r', 'r.id', 'w.referrer_id')
    .select([
      'w.id',
      'w.campaign_id as campaignId',
      'w.referrer_id as referrerId',
      'w.recipient_id as recipientId',
      'w.unit',
      'w.amount',
      'w.kind',
      'w.state',
      'w.cap_period as period',
      sql<boolean>`w.due_at <= now()`.as('isDue'),
      sql<boolean>`r.deleted_at is not null`.as('isReferrerDeleted'),
    ])
    .$call((query) => {
      if ('id' in of) return query.where('w.id', '=', of.id);
      if ('conversionId' in of) return query.where('w.conversion_id', '=', of.conversionId);
      if ('referralId' in of) return query.where('w.referral_id', '=', of.referralId);
      return query.where('w.referrer_id', '=', of.referrerId).where('w.state', '=', 'pending');
    })
    .orderBy('w.recipient_id')
    .orderBy('w.id')
    .forUpdate(['w'])
    .execute();
}

export async function listDueRewardIds(db: Db, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('campaign_rewards')
    .select('id')
    .where('state', '=', 'pending')
    .where('due_at', '<=', sql<Date>`now()`)
    .orderBy('due_at')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

const recipientPart = sql`(
  case w.role when 'referrer' then rp.external_id else p.external_id end
)`;

/** For `publishEventsFrom`: the reward as it is now. */
export const campaignRewardEventQuery = (id: string) => sql`
  select c.workspace_id, w.id as object_id, json_build_object(
    'id', w.id, 'role', w.role, 'credits', case w.unit when 'credits' then w.amount else 0 end,
    'referralId', w.referral_id, 'milestone', null, 'campaignId', w.campaign_id,
    'conversionId', w.conversion_id, 'kind', w.kind, 'amount', w.amount,
    'currency', nullif(w.unit, 'credits'), 'externalId', ${recipientPart},
    'grantedAt', ${isoTimePart(sql`w.granted_at`)}
  ) as data
  from campaign_rewards w
    join campaigns c on c.id = w.campaign_id
    join campaign_referrals f on f.id = w.referral_id
    join campaign_people p on p.id = f.person_id
    join campaign_people rp on rp.id = f.referrer_person_id
  where w.id = ${id}::uuid`;

export type RewardRow = {
  id: string;
  campaignId: string;
  referralId: string;
  conversionId: string;
  referrerId: string;
  externalId: string;
  role: 'referrer' | 'referred';
  kind: 'credits' | 'external';
  amount: number;
  unit: string;
  state: RewardState;
  dueAt: Date;
  grantedAt: Date | null;
  fulfilledAt: Date | null;
  createdAt: Date;
};

type RewardFilter = {
  campaignId: string;
  referrerId: string | undefined;
  state: RewardState | undefined;
  role?: 'referrer' | 'referred';
  before: string | null;
  limit: number;
};

export async function listCampaignRewardRows(
  db: Db,
  filter: { id: string } | RewardFilter,
): Promise<RewardRow[]> {
  const where =
    'id' in filter
      ? sql`w.id = ${filter.id}::uuid`
      : sql`w.campaign_id = ${filter.campaignId}::uuid
          ${filter.referrerId === undefined ? sql`` : sql`and w.referrer_id = ${filter.referrerId}::uuid`}
          ${filter.state === undefined ? sql`` : sql`and w.state = ${filter.state}::text`}
          ${filter.role === undefined ? sql`` : sql`and w.role = ${filter.role}::text`}
          ${filter.before === null ? sql`` : sql`and w.id < ${filter.before}::uuid`}
        order by w.id desc limit ${filter.limit}`;
  const { rows } = await sql<RewardRow>`
    select w.id, w.campaign_id as "campaignId", w.referral_id as "referralId", w.conversion_id as "conversionId",
      w.referrer_id as "referrerId", ${recipientPart} as "externalId", w.role, w.kind, w.amount, w.unit, w.state,
      w.due_at as "dueAt", w.granted_at as "grantedAt", w.fulfilled_at as "fulfilledAt",
      w.created_at as "createdAt"
    from campaign_rewards w
      join campaign_referrals f on f.id = w.referral_id
      join campaign_people p on p.id = f.person_id
      join campaign_people rp on rp.id = f.referrer_person_id
    where ${where}`.execute(db);
  return rows;
}

export async function findRoleForReward(
  db: Db,
  id: string,
  roleOfCampaign: RawBuilder<Role | null>,
): Promise<Role | null | undefined> {
  const { rows } = await sql<{ role: Role | null }>`
    select ${roleOfCampaign} as role
    from campaign_rewards w join campaigns c on c.id = w.campaign_id where w.id = ${id}::uuid`.execute(db);
  return rows[0]?.role;
}
