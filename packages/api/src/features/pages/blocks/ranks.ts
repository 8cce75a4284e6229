import { generateKeyBetween, generateNKeysBetween } from 'fractional-indexing';

/** Only very many moves to the same spot make a rank longer; then all blocks get new ranks. */
const MAX_RANK_LENGTH = 100;

type Ranked = { id: string; rank: string };

export const generateRankAfter = (last: string | null): string => generateKeyBetween(last, null);

export const generateRanksAfter = (last: string | null, count: number): string[] =>
  generateNKeysBetween(last, null, count);

/** Null: the rank would be too long and all blocks need new ones. Undefined: `after` is not one of the blocks. */
export function findRankForMove(
  ranked: Ranked[],
  id: string,
  after: string | null,
): string | null | undefined {
  const others = ranked.filter((block) => block.id !== id);
  const index = after === null ? -1 : others.findIndex((block) => block.id === after);
  if (after !== null && index === -1) return undefined;
  const rank = generateKeyBetween(others[index]?.rank ?? null, others[index + 1]?.rank ?? null);
  return rank.length > MAX_RANK_LENGTH ? null : rank;
}

export function listIdsAfterMove(ranked: Ranked[], id: string, after: string | null): string[] {
  const ids = ranked.map((block) => block.id).filter((other) => other !== id);
  return ids.toSpliced(after === null ? 0 : ids.indexOf(after) + 1, 0, id);
}

/** The earlier rank, or one behind it if another block has it by now. */
export function findRankForRestoring(ranked: { rank: string }[], rank: string): string {
  const index = ranked.findIndex((block) => block.rank === rank);
  if (index === -1) return rank;
  const between = generateKeyBetween(rank, ranked[index + 1]?.rank ?? null);
  return between.length > MAX_RANK_LENGTH ? generateRankAfter(ranked.at(-1)?.rank ?? null) : between;
}
