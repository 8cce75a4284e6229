import type { UserCtx } from '../../../core/context.ts';
import * as queries from './queries.ts';
import type { CampaignTotals, ProgrammeTotals, VersionTotals } from './schema.ts';

type Counts = Omit<VersionTotals, 'version' | 'publishedAt'>;
type Credits = VersionTotals['credits'];

const NO_CREDITS: Credits = { standing: 0, pending: 0, inReview: 0, reversed: 0 };

const addCredits = (all: Credits[]): Credits =>
  all.reduce(
    (sum, one) => ({
      standing: sum.standing + one.standing,
      pending: sum.pending + one.pending,
      inReview: sum.inReview + one.inReview,
      reversed: sum.reversed + one.reversed,
    }),
    NO_CREDITS,
  );

function addVersions(all: Counts[]): Omit<Counts, 'credits'> {
  const sum = (of: (one: Counts) => number) => all.reduce((total, one) => total + of(one), 0);
  return {
    signups: sum((one) => one.signups),
    pending: sum((one) => one.pending),
    successful: sum((one) => one.successful),
    rejected: sum((one) => one.rejected),
    review: sum((one) => one.review),
    reversed: {
      refund: sum((one) => one.reversed.refund),
      fraud: sum((one) => one.reversed.fraud),
      other: sum((one) => one.reversed.other),
    },
  };
}

/** Counts every referral and reward, for administrators. */
export async function getProgrammeTotals(ctx: UserCtx): Promise<ProgrammeTotals> {
  const { rows, milestones, ledger } = await queries.readProgrammeRows(ctx.db);
  const ofCampaign = new Map(milestones.map(({ campaignId, ...totals }) => [campaignId, totals]));
  const campaigns = [...Map.groupBy(rows, ({ campaignId }) => campaignId)].map(
    ([id, versions]): CampaignTotals => ({
      id,
      name: versions[0]?.campaign ?? '',
      milestones: ofCampaign.get(id) ?? { count: 0, credits: NO_CREDITS },
      versions: versions.map(({ campaignId: _id, campaign: _name, publishedAt, ...totals }) => ({
        ...totals,
        publishedAt: publishedAt.toISOString(),
      })),
    }),
  );
  const credits = addCredits([...rows, ...milestones].map((one) => one.credits));
  return { ...addVersions(rows), credits, ...ledger, campaigns };
}
