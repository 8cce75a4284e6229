import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const here = new URL('.', import.meta.url);
const table = readFileSync(new URL('../../../../docs/security.md', here), 'utf8');
const rows = [...table.matchAll(/^\| (A13\.\d+) +\|[^|]*\|([^|]*)\|$/gm)].flatMap(([, id = '', cell = '']) =>
  [...cell.matchAll(/test\/attacks\/([\w-]+\.test\.ts)\)/g)].map(([, file = '']) => `${id} ${file}`),
);
const files = readdirSync(here).filter((name) => /^\d/.test(name));
const tested = files.flatMap((file) => {
  const titles = readFileSync(new URL(file, here), 'utf8').matchAll(/['"`](A13\.\d+) /g);
  return [...new Set([...titles].map(([, id = '']) => `${id} ${file}`))];
});

it('docs/security.md has a row for every attack that is tested here, and each of its rows has its test', () => {
  expect(rows.toSorted()).toEqual(tested.toSorted());
});
