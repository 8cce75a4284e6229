import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const here = new URL('.', import.meta.url);
const table = readFileSync(new URL('../../../../docs/security.md', here), 'utf8');
/** Each pair of an ID and a file, such as `A13.2 02-mail-flood.test.ts`. */
const promised = [...table.matchAll(/^\| (A13\.\d+) .*$/gm)].flatMap(([row, id]) =>
  [...row.matchAll(/attacks\/([\w-]+\.test\.ts)\)/g)].map(([, file]) => `${id} ${file}`),
);
const tested = readdirSync(here)
  .filter((name) => /^\d.*\.test\.ts$/.test(name))
  .flatMap((file) => {
    const names = readFileSync(new URL(file, here), 'utf8').matchAll(/['"`](A13\.\d+) /g);
    return [...new Set([...names].map(([, id]) => `${id} ${file}`))];
  });

it('docs/security.md has a row for every attack found later, with its test', () => {
  expect(promised.toSorted()).toEqual(tested.toSorted());
});

const [, advisories = ''] = table.split('## Advisories of other products');
const advised = [...advisories.matchAll(/^\| ([\w-]+(?: #\d+)?) +\|[^|]+\|([^|]+)\|$/gm)].flatMap(
  ([, id = '', cell = '']) =>
    [...cell.matchAll(/\.\.\/apps\/server\/test\/([\w/-]+\.test\.ts)\)/g)].map(([, file = '']) => ({
      id,
      file,
    })),
);

it('docs/security.md lists advisories of other products, each with a test that is named after it', () => {
  expect(advised.length).toBeGreaterThan(20);
  for (const { id, file } of advised) {
    const names = readFileSync(new URL(`../${file}`, here), 'utf8').match(/(?:\bit\b|\]\)\()[^\n]*/g) ?? [];
    expect([id, file, names.some((name) => name.includes(id))]).toEqual([id, file, true]);
  }
});
