import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareSnapshots } from './policy.ts';

const PAGE = { title: 'Ada' };
const toSnapshot = (ids: string[]) => ({
  page: PAGE,
  blocks: ids.map((id) => ({ id, type: 'heading', title: id })),
});
const someIds = fc.uniqueArray(fc.constantFrom(...'abcdefghij'), { maxLength: 10 });

describe('a comparison', () => {
  it('names added, removed and moved blocks, whose changes turn one order into the other', () => {
    fc.assert(
      fc.property(someIds, someIds, (before, after) => {
        const changes = compareSnapshots(toSnapshot(before), toSnapshot(after));
        const idsOf = (kind: string) =>
          changes.filter((change) => change.kind === kind).map(({ block }) => block?.id ?? '');
        expect(idsOf('block_added')).toEqual(after.filter((id) => !before.includes(id)));
        expect(idsOf('block_removed')).toEqual(before.filter((id) => !after.includes(id)));
        const moved = idsOf('block_moved');
        const isStill = (id: string) => before.includes(id) && after.includes(id) && !moved.includes(id);
        expect(before.filter(isStill)).toEqual(after.filter(isStill));
        expect(moved.length).toBeLessThanOrEqual(Math.max(0, after.length - 1));
      }),
    );
  });

  it('names a single block that was moved, and no others', () => {
    const before = toSnapshot(['a', 'b', 'c', 'd', 'e']);
    const { length } = compareSnapshots(before, toSnapshot(['e', 'a', 'b', 'c', 'd']));
    expect(length).toBe(1);
    expect(compareSnapshots(before, before)).toEqual([]);
  });

  it('says in words what happened to a value', () => {
    const change = (before: unknown, after: unknown) =>
      compareSnapshots(
        { page: { avatar_url: before }, blocks: [] },
        { page: { avatar_url: after }, blocks: [] },
      )[0]?.text;
    expect(change(null, 'x')).toBe('Avatar set to “x”');
    expect(change('x', null)).toBe('Avatar removed');
    expect(change('x', 'y'.repeat(61))).toBe(`Avatar changed from “x” to “${'y'.repeat(60)}…”`);
    expect(change({ a: 1 }, { a: 2 })).toBe('Avatar changed');
    expect(change(undefined, null)).toBeUndefined();
  });
});
