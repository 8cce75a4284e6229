import { type RawBuilder, sql } from 'kysely';
import type { Db } from './client.ts';
import { preparedMark } from './prepared.ts';

declare const reads: unique symbol;

/** SQL that reads the parts named `Reads` of a larger statement, in which they come before it. */
export type SqlPart<Reads extends string = never> = RawBuilder<unknown> & { readonly [reads]: Reads };

/** A value that is sent as a parameter. */
type SqlValue = string | number | boolean | Date | Buffer | string[] | null;
/** Plain SQL, or a part that reads nothing but `Reads`. */
type SqlFragment<Reads extends string> = RawBuilder<unknown> & { readonly [reads]?: Reads };

/** Tag for a part of a larger statement: `` sqlPart<'account'>`select id from account` ``. */
export function sqlPart<Reads extends string = never>(
  text: TemplateStringsArray,
  ...values: (SqlValue | SqlFragment<Reads>)[]
): SqlPart<Reads> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the brand exists in types only
  return sql(text, ...values) as SqlPart<Reads>;
}

/** An `INSERT … SELECT` of one row. It runs alone, or in a larger statement once per row of an earlier part. */
export type InsertPart = {
  execute: (db: Db) => Promise<void>;
  /** Adds `FROM name`. */
  from: <Name extends string>(name: Name) => SqlPart<Name>;
};

const INSERT_SELECT = /^\s*insert into \w+\s*\([\w\s,]+\)\s*select\b/;
const AFTER_SELECT_LIST = /\b(from|where|union|group by|order by|limit|on conflict|returning)\b/;
const checkedTexts = new WeakSet<TemplateStringsArray>();

/**
 * Tag for an `INSERT … SELECT` that ends with its select list, so that a FROM can be added. Takes values but no
 * SQL. Throws an `Error` for any other statement.
 */
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

/** A statement of named parts, its common table expressions. */
type StatementBuilder<Names extends string = never> = {
  /** Adds a part, which can read only those before it. */
  with: <Name extends string>(name: Name, part: SqlPart<Names>) => StatementBuilder<Names | Name>;
  /** Does the same with `AS MATERIALIZED`: the part is computed once, however many read it. */
  withMaterialized: <Name extends string>(name: Name, part: SqlPart<Names>) => StatementBuilder<Names | Name>;
  /** Ends the statement with a query over its parts. It runs as a prepared statement. */
  toQuery: <Row>(query: SqlPart<Names>) => RawBuilder<Row>;
};

/** Starts a statement of named parts. Its text must not depend on the values, see `preparedMark`. */
export const createStatement = (): StatementBuilder => extendStatement([]);

const extendStatement = <Names extends string>(parts: RawBuilder<unknown>[]): StatementBuilder<Names> => ({
  with: (name, part) => extendStatement([...parts, sql`${sql.id(name)} as (${part})`]),
  withMaterialized: (name, part) =>
    extendStatement([...parts, sql`${sql.id(name)} as materialized (${part})`]),
  toQuery: <Row>(query: SqlPart<Names>) =>
    sql<Row>`${preparedMark} with ${sql.join(parts, sql.raw(',\n'))}\n${query}`,
});
