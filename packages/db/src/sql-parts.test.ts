import { describe, expect, expectTypeOf, it } from 'vitest';
import { createStatement, insertPart, type SqlPart, sqlPart } from './sql-parts.ts';
import { sqlCompiler } from './testing/compiler.ts';

const insertNote = (text: string) => insertPart`insert into notes (text) select ${text}::text`;

describe('an insert part', () => {
  it('adds a row for each row of the part it is given', () => {
    const query = insertNote('hello').from('account').compile(sqlCompiler);
    expect(query.sql).toBe('insert into notes (text) select $1::text from "account"');
    expect(query.parameters).toEqual(['hello']);
  });

  it('refuses a statement to which no FROM can be added', () => {
    const refused = /^An insert part must end with its select list/;
    expect(() => insertPart`insert into notes (text) select text from drafts`).toThrow(refused);
    expect(() => insertPart`insert into notes (text) select ${'a'} where true`).toThrow(refused);
    expect(() => insertPart`insert into notes (text) select ${'a'} on conflict do nothing`).toThrow(refused);
    expect(() => insertPart`insert into notes (text) values (${'a'})`).toThrow(refused);
    expect(() => insertPart`update notes set text = ${'a'}`).toThrow(refused);
  });
});

describe('a statement', () => {
  it('names its parts in the order they were added, and numbers all their parameters', () => {
    const query = createStatement()
      .withMaterialized('account', sqlPart`select ${'id-1'}::uuid as id`)
      .with('note', insertNote('hello').from('account'))
      .toQuery(sqlPart<'account'>`select id from account`)
      .compile(sqlCompiler);
    expect(query.sql).toBe(
      '/* prepared */ with "account" as materialized (select $1::uuid as id),\n' +
        '"note" as (insert into notes (text) select $2::text from "account")\n' +
        'select id from account',
    );
    expect(query.parameters).toEqual(['id-1', 'hello']);
  });

  it('takes no part that reads one which is not before it', () => {
    const note = insertNote('hello').from('account');
    expectTypeOf(note).toEqualTypeOf<SqlPart<'account'>>();
    // @ts-expect-error -- there is no part named `account`
    createStatement().with('note', note);
    // @ts-expect-error -- `account` is not among what the outer part reads
    expect(sqlPart<'other'>`select from ${note}`).toBeDefined();
    // @ts-expect-error -- an insert part alone does not say what it reads
    createStatement().with('note', insertNote('hello'));
  });
});
