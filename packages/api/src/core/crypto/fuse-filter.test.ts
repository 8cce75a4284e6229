import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyText } from '../../testing/any-text.ts';
import { readFuseFilter } from './fuse-filter.ts';
import { buildFuseFilter } from '../../../../../scripts/lib/build-fuse-filter.ts';

describe('a fuse filter', () => {
  it('has each of its texts', () => {
    fc.assert(
      fc.property(fc.array(anyText()), (texts) => {
        const filter = readFuseFilter(buildFuseFilter(texts));
        expect(filter.entries).toBe(new Set(texts).size);
        expect(texts.filter((text) => !filter.has(text))).toEqual([]);
      }),
    );
  });

  it('has hardly any other text', () => {
    const filter = readFuseFilter(
      buildFuseFilter(Array.from({ length: 5_000 }, (_, index) => `in ${index}`)),
    );
    const others = Array.from({ length: 50_000 }, (_, index) => `out ${index}`);
    expect(others.filter(filter.has).length).toBeLessThan(10);
  });

  it('is refused where its file is cut off', () => {
    const bytes = buildFuseFilter(['a', 'b']);
    expect(() => readFuseFilter(bytes.subarray(0, -1))).toThrow('The filter is incomplete');
    expect(() => readFuseFilter(Buffer.alloc(4))).toThrow(RangeError);
  });
});
