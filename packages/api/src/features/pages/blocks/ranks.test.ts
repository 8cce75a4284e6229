import fc from 'fast-check';
import { expect, it } from 'vitest';
import { listIdsAfterMove, findRankForMove, generateRanksAfter } from './ranks.ts';

type Ranked = { id: string; rank: string };
const byRank = (a: Ranked, b: Ranked) => (a.rank < b.rank ? -1 : 1);
const ids = (ranked: Ranked[]) => ranked.map(({ id }) => id);

it('any sequence of moves gives the requested order, by one new rank per move or new ranks for all', () => {
  const size = 12;
  const moves = fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size)), { maxLength: 300 });
  fc.assert(
    fc.property(moves, (given) => {
      let ranked = generateRanksAfter(null, size).map((rank, index) => ({ id: `b${index}`, rank }));
      for (const [from, to] of given) {
        const id = `b${from}`;
        const after = to === size || to === from ? null : `b${to}`;
        const wanted = listIdsAfterMove(ranked, id, after);
        const rank = findRankForMove(ranked, id, after);
        const rerankAll = () =>
          generateRanksAfter(ranked.at(-1)?.rank ?? null, size).map((one, index) => ({
            id: wanted[index] as string,
            rank: one,
          }));
        ranked = rank
          ? ranked.map((one) => (one.id === id ? { id, rank } : one)).toSorted(byRank)
          : rerankAll();
        expect(ids(ranked)).toEqual(wanted);
        expect(new Set(ranked.map((one) => one.rank)).size).toBe(size);
        for (const one of ranked) expect(one.rank.length).toBeLessThanOrEqual(100);
      }
    }),
  );
});

it('a move always finds a rank, even after a thousand moves to the same spot', () => {
  let ranked = generateRanksAfter(null, 3).map((rank, index) => ({ id: `b${index}`, rank }));
  let renewals = 0;
  for (let n = 0; n < 1_000; n++) {
    const last = ranked.at(-1) as Ranked;
    const rank = findRankForMove(ranked, last.id, (ranked[0] as Ranked).id);
    if (rank === null) renewals += 1;
    const order = listIdsAfterMove(ranked, last.id, (ranked[0] as Ranked).id);
    const newRanks = generateRanksAfter(last.rank, 3);
    ranked = rank
      ? ranked.map((one) => (one.id === last.id ? { ...one, rank } : one)).toSorted(byRank)
      : order.map((id, index) => ({ id, rank: newRanks[index] as string }));
    expect(ids(ranked)).toEqual(order);
  }
  expect(renewals).toBeGreaterThan(0);
  expect(renewals).toBeLessThan(10);
});

it('a move behind an unknown block finds no rank', () => {
  const ranked = generateRanksAfter(null, 2).map((rank, index) => ({ id: `b${index}`, rank }));
  expect(findRankForMove(ranked, 'b0', 'elsewhere')).toBeUndefined();
});
