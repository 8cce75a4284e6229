import { generateKeyBetween, generateNKeysBetween } from 'fractional-indexing';

/** Ranks longer than this are made anew; only very many moves to one spot get there. */
const LONGEST = 100;

type Ranked = { id: string; rank: string };

/** A rank behind `last`, or the first one. */
export const generateRankAfter = (last: string | null): string => generateKeyBetween(last, null);

/** `count` ranks behind `last`, in their order. */
export const generateRanksAfter = (last: string | null, count: number): string[] =>
  generateNKeysBetween(last, null, count);

/**
 * The rank of a block that moves behind `after`, or to the front; null where there is none short enough between
 * the neighbours and all have to be made anew, undefined where `after` is not among them.
 */
export function findRankForMove(
  ranked: Ranked[],
  id: string,
  after: string | null,
): string | null | undefined {
  const others = ranked.filter((block) => block.id !== id);
  const index = after === null ? -1 : others.findIndex((block) => block.id === after);
  if (after !== null && index === -1) return undefined;
  const rank = generateKeyBetween(others[index]?.rank ?? null, others[index + 1]?.rank ?? null);
  return rank.length > LONGEST ? null : rank;
}

/** The order that results from a move. */
export function listIdsAfterMove(ranked: Ranked[], id: string, after: string | null): string[] {
  const ids = ranked.map((block) => block.id).filter((other) => other !== id);
  return ids.toSpliced(after === null ? 0 : ids.indexOf(after) + 1, 0, id);
}
