import type { SeriesCounts } from './queries.ts';

export const NO_COUNTS: SeriesCounts = { visits: 0, signups: 0, successful: 0, reversed: 0, unvisited: 0 };

export const addCounts = (all: SeriesCounts[]): SeriesCounts =>
  all.reduce(
    (sum, one) => ({
      visits: sum.visits + one.visits,
      signups: sum.signups + one.signups,
      successful: sum.successful + one.successful,
      reversed: sum.reversed + one.reversed,
      unvisited: sum.unvisited + one.unvisited,
    }),
    NO_COUNTS,
  );

/** Never above 1, although sign-ups of a period may follow visits before it. */
export const toRate = (part: number, whole: number): number =>
  whole <= 0 ? 0 : Math.max(0, Math.min(1, part / whole));

type Milestone = { referrals: number; credits: number };

/** The lowest one above the count; null if there is none. */
export function findNextMilestone(
  milestones: Milestone[],
  successful: number,
): (Milestone & { remaining: number }) | null {
  const [next] = milestones
    .filter(({ referrals }) => referrals > successful)
    .toSorted((a, b) => a.referrals - b.referrals);
  return next ? { ...next, remaining: next.referrals - successful } : null;
}
