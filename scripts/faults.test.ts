import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const rows = [...read('docs/faults.md').matchAll(/^\| (FT\d+) .*\| ([^|]+) \|$/gm)].map(
  ([, fault = '', files = '']) => ({
    fault,
    files: [...files.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file),
  }),
);

it('docs/faults.md lists each fault once, in order', () => {
  const first = Array.from({ length: 21 }, (_, n) => `FT${n + 1}`);
  expect(rows.map(({ fault }) => fault)).toEqual([
    ...first,
    'FT26',
    'FT30',
    'FT42',
    'FT43',
    'FT44',
    'FT45',
    'FT46',
    'FT47',
    'FT48',
    'FT49',
    'FT50',
    'FT51',
    'FT52',
    'FT53',
    'FT54',
  ]);
});

it.each(rows)('$fault has a test in each file named in docs/faults.md', ({ fault, files }) => {
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) expect(read(file)).toMatch(new RegExp(`${fault}\\b`));
});
