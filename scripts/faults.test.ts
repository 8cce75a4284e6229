import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const rows = [...read('docs/faults.md').matchAll(/^\| (FT\d+) .*\| ([^|]+) \|$/gm)].map(
  ([, fault = '', files = '']) => ({
    fault,
    files: [...files.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file),
  }),
);

it('docs/faults.md has every fault from FT1 to FT21 once, and those beyond that have tests', () => {
  const first = Array.from({ length: 21 }, (_, n) => `FT${n + 1}`);
  expect(rows.map(({ fault }) => fault)).toEqual([...first, 'FT30']);
});

it.each(rows)('$fault is tested in each file that docs/faults.md names', ({ fault, files }) => {
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) expect(read(file)).toMatch(new RegExp(`${fault}\\b`));
});
