import type { Db, Trx } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';
import type { RewardSums } from './schema.ts';

export type ReferrerRow = {
  id: string;
  campaignId: string;
  externalId: string;
  email: string | null;
  name: string | null;
  code: string;
  enabled: boolean;
  clicks: number;
  referrals: number;
  successful: number;
  rewards: RewardSums[];
  createdAt: Date;
};

/** Counted anew from the rows, each by an index of the referrer. */
const referrerColumns = sql`
  r.id, r.campaign_id as "campaignId", p.external_id as "externalId", r.email, r.name, r.code, r.enabled,
  r.created_at as "createdAt",
  (
    (select count(*) from campaign_clicks k where k.referrer_id = r.id)
    + coalesce((select sum(d.clicks) from campaign_click_days d where d.referrer_id = r.id), 0)
  )::bigint as clicks,
  (select count(*) from campaign_referrals f where f.referrer_id = r.id) as referrals,
  (select count(*) from campaign_referrals f where f.referrer_id = r.id and f.status = 'successful') as successful,
  (
    select coalesce(json_agg(json_build_object(
      'unit', s.unit, 'pending', s.pending, 'earned', s.earned, 'balance', coalesce(b.balance, 0)
    ) order by s.unit), '[]')
    from (
      select w.unit, coalesce(sum(w.amount) filter (where w.state = 'pending'), 0) as pending,
        coalesce(sum(w.amount) filter (where w.state in ('granted', 'fulfilled', 'review', 'waived')), 0) as earned
      from campaign_rewards w where w.referrer_id = r.id and w.role = 'referrer'
      group by w.unit
    ) s left join campaign_balances b on b.recipient_id = r.id and b.unit = s.unit
  ) as rewards`;

type Filter = { id: string } | { personId: number } | { externalId: string | null; after: string | null };

const conditionOf = (filter: Filter) => {
  if ('id' in filter) return sql`r.id = ${filter.id}::uuid`;
  if ('personId' in filter) return sql`r.person_id = ${filter.personId}::bigint`;
  return sql`(${filter.externalId}::text is null or p.external_id = ${filter.externalId}::text)
    and (${filter.after}::uuid is null or r.id > ${filter.after}::uuid)`;
};

/** Deleted ones are left out. */
export async function listReferrerRows(
  db: Db,
  campaignId: string,
  filter: Filter,
  limit: number,
): Promise<ReferrerRow[]> {
  const { rows } = await sql<ReferrerRow>`
    select ${referrerColumns}
    from campaign_referrers r join campaign_people p on p.id = r.person_id
    where r.campaign_id = ${campaignId}::uuid and r.deleted_at is null and ${conditionOf(filter)}
    order by r.id limit ${limit}`.execute(db);
  return rows;
}

export async function insertReferrer(
  trx: Trx,
  row: {
    id: string;
    campaignId: string;
    workspaceId: string;
    personId: number;
    email: string | null;
    name: string | null;
    code: string;
  },
): Promise<void> {
  await trx
    .insertInto('campaign_referrers')
    .values({
      id: row.id,
      campaign_id: row.campaignId,
      workspace_id: row.workspaceId,
      person_id: row.personId,
      email: row.email,
      name: row.name,
      code: row.code,
    })
    .execute();
}

export const lockReferrerOfPerson = (trx: Trx, campaignId: string, personId: number) =>
  trx
    .selectFrom('campaign_referrers')
    .select(['id', 'email', 'name', 'code', sql<boolean>`deleted_at is not null`.as('isDeleted')])
    .where('campaign_id', '=', campaignId)
    .where('person_id', '=', personId)
    .forNoKeyUpdate()
    .executeTakeFirst();

/** Returns false if there is none. */
export async function lockReferrerRow(trx: Trx, campaignId: string, id: string): Promise<boolean> {
  const row = await trx
    .selectFrom('campaign_referrers')
    .select('id')
    .where('id', '=', id)
    .where('campaign_id', '=', campaignId)
    .where('deleted_at', 'is', null)
    .forNoKeyUpdate()
    .executeTakeFirst();
  return row !== undefined;
}

export async function updateReferrerRow(
  trx: Trx,
  id: string,
  change: Partial<{ email: string | null; name: string | null; enabled: boolean }>,
): Promise<void> {
  await trx.updateTable('campaign_referrers').set(change).where('id', '=', id).execute();
}

export async function markReferrerDeleted(trx: Trx, id: string): Promise<void> {
  await trx
    .updateTable('campaign_referrers')
    .set({ deleted_at: sql`now()`, email: null, name: null, enabled: false })
    .where('id', '=', id)
    .execute();
}

export type ActiveReferrer = {
  id: string;
  code: string;
  personId: number;
  email: string | null;
  campaignId: string;
  workspaceId: string;
  landingUrl: string | null;
  allowedOrigins: string[];
  attribution: 'first' | 'last';
};

/**
 * By a code in any case, or by ID. Undefined unless the referrer is enabled, the campaign runs and somebody answers for
 * its workspace. `answeredFor` is a condition on `c.workspace_id`.
 */
export async function findActiveReferrer(
  db: Db,
  by: { code: string } | { id: string },
  answeredFor: RawBuilder<boolean>,
): Promise<ActiveReferrer | undefined> {
  const chosen =
    'code' in by
      ? sql`(
          select o.referrer_id from referral_codes o
          where lower(o.code collate "C") = ${by.code.toLowerCase()}::text
        )`
      : sql`${by.id}::uuid`;
  const { rows } = await sql<ActiveReferrer>`
    select r.id, r.code, r.person_id as "personId", r.email, r.campaign_id as "campaignId",
      c.workspace_id as "workspaceId", c.landing_url as "landingUrl", c.allowed_origins as "allowedOrigins",
      v.attribution
    from campaign_referrers r
      join campaigns c on c.id = r.campaign_id
      join lateral (
        select attribution from campaign_versions where campaign_id = c.id order by version desc limit 1
      ) v on true
    where r.id = ${chosen} and r.enabled and r.deleted_at is null and ${answeredFor}
      and c.started_at is not null and c.ended_at is null`.execute(db);
  return rows[0];
}

/** Of a started campaign, also of an ended one and for a code whose referrer is disabled or deleted. */
export async function findLandingUrlRow(
  db: Db,
  code: string,
  answeredFor: RawBuilder<boolean>,
): Promise<string | null | undefined> {
  const { rows } = await sql<{ landingUrl: string | null }>`
    select c.landing_url as "landingUrl"
    from referral_codes o
      join campaign_referrers r on r.id = o.referrer_id
      join campaigns c on c.id = r.campaign_id
    where lower(o.code collate "C") = ${code.toLowerCase()}::text and c.started_at is not null
      and ${answeredFor}`.execute(db);
  return rows[0]?.landingUrl;
}
