import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const here = new URL('.', import.meta.url);
const table = readFileSync(new URL('../../../../docs/security.md', here), 'utf8');
const [checklist = ''] = table.split('## Attacks found later');
const rows = [...checklist.matchAll(/^\| ([A-Z]\d+) +\|([^|]*)\|([^|]*)\|$/gm)].map(
  ([, id = '', , cell = '']) => ({
    id,
    reason: cell.trim(),
    files: [...cell.matchAll(/security-checklist\/([\w-]+\.test\.ts)\)/g)].map(([, file]) => file as string),
  }),
);

/** The checklist IDs in the titles of a file. */
const linesIn = (file: string): Set<string> => {
  const names = readFileSync(new URL(file, here), 'utf8').matchAll(/['"`]((?:[A-Z]\d+ )+)/g);
  return new Set([...names].flatMap(([, ids = '']) => ids.trim().split(' ')));
};
const files = readdirSync(here).filter((name) => name.endsWith('.test.ts'));

it('docs/security.md links every row to its test, or says why there is none', () => {
  expect(rows.length).toBeGreaterThan(100);
  for (const { id, files: named, reason } of rows) {
    if (named.length === 0) expect(reason).toMatch(/^(not yet|does not apply): /);
    for (const file of named) expect([id, file, linesIn(file).has(id)]).toEqual([id, file, true]);
  }
});

it('docs/security.md has one row for every ID used here', () => {
  const ids = rows.map(({ id }) => id);
  expect(ids).toEqual([...new Set(ids)]);
  for (const file of files) for (const id of linesIn(file)) expect(ids).toContain(id);
});
