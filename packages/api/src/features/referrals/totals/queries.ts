import type { Db } from '@linkgrove/db';
import { sql } from 'kysely';
import type { VersionTotals } from './schema.ts';

type Credits = VersionTotals['credits'];
export type VersionRow = Omit<VersionTotals, 'publishedAt'> & {
  campaignId: string;
  campaign: string;
  publishedAt: Date;
};

const creditsPart = sql`json_build_object(
  'standing', coalesce(sum(credits) filter (where w.state in ('granted', 'review', 'waived')), 0),
  'pending', coalesce(sum(credits) filter (where w.state = 'pending'), 0),
  'inReview', coalesce(sum(credits) filter (where w.state = 'review'), 0),
  'reversed', coalesce(sum(credits) filter (where w.state = 'reversed'), 0)
)`;
const NO_CREDITS = sql.lit(
  JSON.stringify({ standing: 0, pending: 0, inReview: 0, reversed: 0 } satisfies Credits),
);
const statusPart = (status: string) => sql`(count(*) filter (where status = ${sql.lit(status)}))::int`;

/** Newest first. */
async function listVersionTotals(db: Db): Promise<VersionRow[]> {
  const { rows } = await sql<VersionRow>`
    with sums as (
      select campaign_version_id, count(*)::int as signups, ${statusPart('pending')} as pending,
        ${statusPart('successful')} as successful, ${statusPart('rejected')} as rejected, ${statusPart('review')} as review
      from referrals group by campaign_version_id
    ),
    reversals as (
      select campaign_version_id, (count(*) filter (where cause = 'refund'))::int as refunds,
        (count(*) filter (where cause = 'fraud'))::int as frauds,
        (count(*) filter (where cause is null or cause = 'other'))::int as others
      from (
        select distinct on (r.id) r.campaign_version_id, e.cause
        from referrals r join referral_events e on e.referral_id = r.id and e.from_status = 'successful'
        where r.status = 'rejected' order by r.id, e.id desc
      ) reversed group by campaign_version_id
    ),
    paid as (
      select r.campaign_version_id, ${creditsPart} as credits
      from rewards w join referrals r on r.id = w.referral_id group by r.campaign_version_id
    )
    select c.id as "campaignId", c.name as campaign, v.version, v.created_at as "publishedAt",
      coalesce(s.signups, 0) as signups, coalesce(s.pending, 0) as pending, coalesce(s.successful, 0) as successful,
      coalesce(s.rejected, 0) as rejected, coalesce(s.review, 0) as review,
      json_build_object('refund', coalesce(x.refunds, 0), 'fraud', coalesce(x.frauds, 0), 'other', coalesce(x.others, 0))
        as reversed,
      coalesce(p.credits, ${NO_CREDITS}::json) as credits
    from referral_campaigns c
      join referral_campaign_versions v on v.campaign_id = c.id
      left join sums s on s.campaign_version_id = v.id
      left join reversals x on x.campaign_version_id = v.id
      left join paid p on p.campaign_version_id = v.id
    order by c.id desc, v.version desc`.execute(db);
  return rows;
}

async function listMilestoneTotals(
  db: Db,
): Promise<{ campaignId: string; count: number; credits: Credits }[]> {
  const { rows } = await sql<{ campaignId: string; count: number; credits: Credits }>`
    select campaign_id as "campaignId", (count(*) filter (where w.state <> 'reversed'))::int as count,
      ${creditsPart} as credits
    from rewards w where role = 'milestone' group by campaign_id`.execute(db);
  return rows;
}

type LedgerSums = { byHand: number; redeemed: number; balances: number };

async function sumLedger(db: Db): Promise<LedgerSums> {
  const { rows } = await sql<LedgerSums>`
    select coalesce(sum(amount) filter (where kind in ('grant', 'deduction')), 0)::bigint as "byHand",
      coalesce(-sum(amount) filter (where kind in ('redemption', 'cancellation')), 0)::bigint as redeemed,
      coalesce(sum(amount), 0)::bigint as balances
    from credit_entries`.execute(db);
  return rows[0] ?? { byHand: 0, redeemed: 0, balances: 0 };
}

/** On one snapshot, so that the sums agree. */
export const readProgrammeRows = (db: Db) =>
  db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (trx) => ({
      rows: await listVersionTotals(trx),
      milestones: await listMilestoneTotals(trx),
      ledger: await sumLedger(trx),
    }));
