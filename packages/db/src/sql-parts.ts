import { type RawBuilder, sql } from 'kysely';
import type { Db } from './client.ts';
import { preparedMark } from './prepared.ts';

declare const reads: unique symbol;

export type SqlPart<Reads extends string = never> = RawBuilder<unknown> & { readonly [reads]: Reads };

type SqlValue = string | number | boolean | Date | Buffer | string[] | null;
type SqlFragment<Reads extends string> = RawBuilder<unknown> & { readonly [reads]?: Reads };

/** Tag for a part of a larger statement: `` sqlPart<'account'>`select id from account` ``. */
export function sqlPart<Reads extends string = never>(
  text: TemplateStringsArray,
  ...values: (SqlValue | SqlFragment<Reads>)[]
): SqlPart<Reads> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the brand exists in types only
  return sql(text, ...values) as SqlPart<Reads>;
}

export type InsertPart = {
  execute: (db: Db) => Promise<void>;
  from: <Name extends string>(name: Name) => SqlPart<Name>;
};

/** Inserts nothing, where a larger statement expects a part. */
export const emptyInsertPart: InsertPart = {
  execute: async () => {},
  from: () => sqlPart`select`,
};

const INSERT_SELECT = /^\s*insert into \w+\s*\([\w\s,]+\)\s*select\b/;
const AFTER_SELECT_LIST = /\b(from|where|union|group by|order by|limit|on conflict|returning)\b/;
const checkedTexts = new WeakSet<TemplateStringsArray>();

/** An `INSERT … SELECT` that ends with its select list, so that a FROM can be added. Throws for any other. */
export function insertPart(text: TemplateStringsArray, ...values: SqlValue[]): InsertPart {
  requireInsertSelect(text);
  const insert = sql(text, ...values);
  return {
    execute: async (db) => {
      await insert.execute(db);
    },
    from: <Name extends string>(name: Name) => sqlPart<Name>`${insert} from ${sql.id(name)}`,
  };
}

/** Each call site is checked once: its text is the same object at every call. */
function requireInsertSelect(text: TemplateStringsArray): void {
  if (checkedTexts.has(text)) return;
  const statement = text.join('?').toLowerCase();
  if (!INSERT_SELECT.test(statement) || AFTER_SELECT_LIST.test(statement)) {
    throw new Error(`An insert part must end with its select list: ${statement.trim()}`);
  }
  checkedTexts.add(text);
}

type StatementBuilder<Names extends string = never> = {
  with: <Name extends string>(name: Name, part: SqlPart<Names>) => StatementBuilder<Names | Name>;
  withMaterialized: <Name extends string>(name: Name, part: SqlPart<Names>) => StatementBuilder<Names | Name>;
  toQuery: <Row>(query: SqlPart<Names>) => RawBuilder<Row>;
};

export const createStatement = (): StatementBuilder => extendStatement([]);

const extendStatement = <Names extends string>(parts: RawBuilder<unknown>[]): StatementBuilder<Names> => ({
  with: (name, part) => extendStatement([...parts, sql`${sql.id(name)} as (${part})`]),
  withMaterialized: (name, part) =>
    extendStatement([...parts, sql`${sql.id(name)} as materialized (${part})`]),
  toQuery: <Row>(query: SqlPart<Names>) =>
    sql<Row>`${preparedMark} with ${sql.join(parts, sql.raw(',\n'))}\n${query}`,
});

/** RFC 3339 in UTC with milliseconds, as `toISOString` writes it. */
export const isoTimePart = (time: RawBuilder<unknown>): RawBuilder<string | null> =>
  sql`to_char(${time} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
