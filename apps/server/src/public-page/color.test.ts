import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { computeContrast, makeReadable, mixColors } from './color.ts';

const hex = fc.integer({ min: 0, max: 0xffffff }).map((n) => `#${n.toString(16).padStart(6, '0')}`);

describe('a colour', () => {
  it('has the contrast that WCAG defines', () => {
    expect(computeContrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
    expect(computeContrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
    expect(computeContrast('#ffffff', '#777777')).toBe(computeContrast('#777777', '#ffffff'));
    expect(mixColors('#ff0000', '#0000ff', 0.5)).toBe('#800080');
  });

  it('stays if it is readable, and otherwise moves until it is', () => {
    expect(makeReadable('#1a6a45', ['#ffffff'])).toBe('#1a6a45');
    fc.assert(
      fc.property(hex, hex, (wanted, ground) => {
        expect(computeContrast(makeReadable(wanted, [ground]), ground)).toBeGreaterThanOrEqual(4.5);
      }),
    );
  });
});
