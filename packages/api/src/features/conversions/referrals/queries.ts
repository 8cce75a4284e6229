import { type Db, isoTimePart, type ReferralStatus, type Trx } from '@linkgrove/db';
import { sql } from 'kysely';
import { TERM_COLUMNS } from '../../campaigns/schema.ts';

export type NewReferral = {
  id: string;
  workspaceId: string;
  campaignId: string;
  referrerId: string;
  referrerPersonId: number;
  personId: number;
  clickId: string | null;
  status: 'pending' | 'rejected';
  reason: string | null;
};

/** Under the newest terms of the campaign. */
export async function insertCampaignReferral(trx: Trx, row: NewReferral): Promise<void> {
  await trx
    .insertInto('campaign_referrals')
    .values({
      id: row.id,
      workspace_id: row.workspaceId,
      campaign_id: row.campaignId,
      version_id: sql<string>`(
        select id from campaign_versions where campaign_id = ${row.campaignId} order by version desc limit 1
      )`,
      referrer_id: row.referrerId,
      referrer_person_id: row.referrerPersonId,
      person_id: row.personId,
      click_id: row.clickId,
      status: row.status,
      reason: row.reason,
    })
    .execute();
}

export type JudgedReferral = NonNullable<Awaited<ReturnType<typeof findReferralOfPerson>>>;

/** With its terms. The caller has locked the person. */
export const findReferralOfPerson = (trx: Trx, personId: number) =>
  trx
    .selectFrom('campaign_referrals as f')
    .innerJoin('campaign_referrers as r', 'r.id', 'f.referrer_id')
    .innerJoin('campaign_versions as v', 'v.id', 'f.version_id')
    .select([
      'f.id',
      'f.campaign_id as campaignId',
      'f.referrer_id as referrerId',
      'f.status',
      'f.qualified_by as qualifiedBy',
      'r.enabled as isReferrerActive',
      sql<boolean>`coalesce(now() < f.qualified_at + make_interval(months => v.months), false)`.as(
        'isWithinMonths',
      ),
      ...TERM_COLUMNS,
    ])
    .where('f.person_id', '=', personId)
    .executeTakeFirst();

type Move = {
  id: string;
  from: ReferralStatus[];
  to: 'successful' | 'rejected';
  reason: string | null;
  qualifiedBy: string | null;
  actorId: string | null;
};

/** One statement; of parallel moves one succeeds. Returns false if the status is not in `from`. */
export async function moveCampaignReferral(trx: Trx, move: Move): Promise<boolean> {
  const { rows } = await sql`
    with before as (
      select id, status from campaign_referrals
      where id = ${move.id}::uuid and status = any(${move.from}::text[]) for update
    ),
    moved as (
      update campaign_referrals f
      set status = ${move.to}, reason = ${move.reason},
        qualified_at = case when ${move.to} = 'successful' then now() end,
        qualified_by = coalesce(${move.qualifiedBy}::uuid, f.qualified_by)
      from before b where f.id = b.id
      returning f.id, b.status as was
    )
    insert into campaign_referral_events (referral_id, from_status, to_status, reason, actor_id)
    select id, was, ${move.to}, ${move.reason}, ${move.actorId}::uuid from moved
    returning id`.execute(trx);
  return rows.length > 0;
}

/** For `publishEventsFrom`: the referral as it is now. */
export const campaignReferralEventQuery = (id: string) => sql`
  select f.workspace_id, f.id as object_id, json_build_object(
    'id', f.id, 'status', f.status, 'username', null, 'dateReferred', ${isoTimePart(sql`f.date_referred`)},
    'qualifiedAt', ${isoTimePart(sql`f.qualified_at`)},
    'link', json_build_object('id', r.id, 'code', r.code, 'label', null),
    'campaignId', f.campaign_id, 'externalId', p.external_id,
    'referrer', json_build_object('id', r.id, 'externalId', rp.external_id, 'code', r.code)
  ) as data
  from campaign_referrals f
    join campaign_people p on p.id = f.person_id
    join campaign_referrers r on r.id = f.referrer_id
    join campaign_people rp on rp.id = r.person_id
  where f.id = ${id}::uuid`;

export type CampaignReferralRow = {
  id: string;
  campaignId: string;
  version: number;
  referrerId: string;
  referrerExternalId: string;
  externalId: string;
  status: ReferralStatus;
  reason: string | null;
  dateReferred: Date;
  qualifiedAt: Date | null;
};

export async function listCampaignReferralRows(
  db: Db,
  filter: {
    campaignId: string;
    id?: string;
    referrerId?: string | undefined;
    externalId?: string | undefined;
    status?: ReferralStatus | undefined;
    before?: string | null;
    limit: number;
  },
): Promise<CampaignReferralRow[]> {
  const { id, referrerId, externalId, status, before = null } = filter;
  return db
    .selectFrom('campaign_referrals as f')
    .innerJoin('campaign_people as p', 'p.id', 'f.person_id')
    .innerJoin('campaign_people as rp', 'rp.id', 'f.referrer_person_id')
    .innerJoin('campaign_versions as v', 'v.id', 'f.version_id')
    .select([
      'f.id',
      'f.campaign_id as campaignId',
      'v.version',
      'f.referrer_id as referrerId',
      'rp.external_id as referrerExternalId',
      'p.external_id as externalId',
      'f.status',
      'f.reason',
      'f.date_referred as dateReferred',
      'f.qualified_at as qualifiedAt',
    ])
    .where('f.campaign_id', '=', filter.campaignId)
    .$call((query) => (id === undefined ? query : query.where('f.id', '=', id)))
    .$call((query) => (referrerId === undefined ? query : query.where('f.referrer_id', '=', referrerId)))
    .$call((query) => (externalId === undefined ? query : query.where('p.external_id', '=', externalId)))
    .$call((query) => (status === undefined ? query : query.where('f.status', '=', status)))
    .$call((query) => (before === null ? query : query.where('f.id', '<', before)))
    .orderBy('f.id', 'desc')
    .limit(filter.limit)
    .execute();
}

/** Reports about the customer wait until the decision is stored. */
export async function lockCustomerOfReferral(trx: Trx, campaignId: string, id: string): Promise<boolean> {
  const { rows } = await sql`
    select p.id from campaign_referrals f join campaign_people p on p.id = f.person_id
    where f.id = ${id}::uuid and f.campaign_id = ${campaignId}::uuid
    for no key update of p`.execute(trx);
  return rows.length > 0;
}
