import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const here = new URL('.', import.meta.url);
const table = readFileSync(new URL('../../../../docs/security.md', here), 'utf8');
const rows = [...table.matchAll(/^\| (A\d+\.\d+) +\|.*\/attacks\/([\w-]+\.test\.ts)\) *\|$/gm)].map(
  ([, id = '', file = '']) => `${id} ${file}`,
);

/** The attacks that the test names of a file begin with. */
const listAttacks = (file: string): string[] => {
  const names = readFileSync(new URL(file, here), 'utf8').matchAll(/['"`](A\d+\.\d+) /g);
  return [...new Set([...names].map(([, id = '']) => `${id} ${file}`))];
};

it('docs/security.md has one row for every attack tested here, and a test for every row', () => {
  const files = readdirSync(here).filter((name) => name.endsWith('.test.ts') && name !== 'table.test.ts');
  expect(rows.toSorted()).toEqual(files.flatMap(listAttacks).toSorted());
});
