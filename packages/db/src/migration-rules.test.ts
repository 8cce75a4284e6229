import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** Earlier ones were made before the first release, when no table was large. */
const FIRST_CHECKED = '0043';

const folder = new URL('./migrations/', import.meta.url);
const files = readdirSync(folder).filter((file) => file >= FIRST_CHECKED && file !== 'index.ts');

const normalize = (text: string): string => text.replaceAll(/\s+/g, ' ').toLowerCase();
const isMadeHere = (text: string, table = ''): boolean =>
  new RegExp(`create (?:unlogged )?table (?:if not exists )?${table}\\b`).test(text);
const findTables = (text: string, statement: RegExp): string[] =>
  [...text.matchAll(statement)].map(([, table = '']) => table).filter((table) => !isMadeHere(text, table));

/** Each finds the tables, older than the migration, to which it would do the harm. */
const RULES: Record<string, (text: string) => string[]> = {
  'builds indexes of existing tables with `buildIndex` and `isConcurrent`, because `create index` stops all writes':
    (text) => findTables(text, /create (?:unique )?index (?:if not exists )?[\w]+ on (?:only )?(\w+)/g),
  'adds checks and foreign keys to existing tables `not valid` and validates them in the next migration': (
    text,
  ) =>
    findTables(
      text.replaceAll(/add constraint [^;`]*?not valid/g, ''),
      /alter table (\w+)[^;`]*? add constraint \w+ (?:check|foreign key)/g,
    ),
  'neither sets `not null` on a column nor changes its type, because both read or rewrite the whole table': (
    text,
  ) => findTables(text, /alter table (\w+)[^;`]*? alter column \w+ (?:set not null|type|set data type)/g),
  'neither renames nor drops what the running version may still use': (text) =>
    findTables(text, /alter table (\w+)[^;`]*? (?:rename|drop column)/g).concat(
      findTables(text, /drop table (?:if exists )?(\w+)/g),
    ),
};

/** Reviewed exceptions, by migration and rule number, with the reason. */
const EXCEPTIONS: Record<string, string> = {
  '0046-analytics-segments.ts#4': 'no released version has the table',
  '0065-drop-reward-caps.ts#4': 'no released version uses the table',
};

describe.each(files)('the migration %s', (file) => {
  const text = normalize(readFileSync(new URL(file, folder), 'utf8'));
  it.each(Object.entries(RULES).map(([rule, find], index) => ({ rule, find, key: `${file}#${index + 1}` })))(
    '$rule ($key)',
    ({ find, key }) => {
      expect(EXCEPTIONS[key] ? [] : find(text)).toEqual([]);
    },
  );
});

describe('the rules for migrations', () => {
  it.each([
    ['create index a_idx on users (id)', 0],
    ['create unique index a_key on users (id)', 0],
    ['alter table users add constraint a check (true)', 1],
    ['alter table users alter column name set not null', 2],
    ['alter table users add column a int, alter column id type bigint', 2],
    ['alter table users drop column name', 3],
    ['drop table users', 3],
  ])('object to %s', (statement, rule) => {
    const found = Object.values(RULES).map((find) => find(statement).length > 0);
    expect(found).toEqual(found.map((_, index) => index === rule));
  });

  it.each([
    'create table posts (id int); create index a_idx on posts (id); alter table posts add constraint a check (true)',
    'alter table users add constraint a check (true) not valid',
    'alter table users add column a int not null default 0',
    'alter table users validate constraint a',
  ])('allow %s', (statement) => {
    expect(Object.values(RULES).flatMap((find) => find(statement))).toEqual([]);
  });
});
