import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseCsv } from './policy.ts';

it('parseCsv reads what RFC 4180 writes', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', 'é', '"', ',', '\n', '\r', ';') });
  const row = fc
    .array(cell, { minLength: 1, maxLength: 4 })
    .filter((cells) => cells.some((text) => text !== ''));
  fc.assert(
    fc.property(fc.array(row, { maxLength: 5 }), fc.constantFrom('\r\n', '\n'), (rows, end) => {
      const text = rows
        .map((cells) => cells.map((one) => `"${one.replaceAll('"', '""')}"`).join(','))
        .join(end);
      expect(parseCsv(text).map(({ cells }) => cells)).toEqual(rows);
    }),
  );
});

it('parseCsv ends on any text', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseCsv(text)));
  expect(parseCsv('\uFEFFa, b \r\n\r\n1,"2\n3"\n4')).toEqual([
    { line: 1, cells: ['a', 'b'] },
    { line: 3, cells: ['1', '2\n3'] },
    { line: 5, cells: ['4'] },
  ]);
  expect(parseCsv('a,"b')).toEqual([{ line: 1, cells: ['a', '"b'] }]);
});
