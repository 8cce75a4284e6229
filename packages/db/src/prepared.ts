import { type CompiledQuery, type RawBuilder, sql } from 'kysely';
import type { Db } from './client.ts';

const MARK = '/* prepared */';
const MARK_WITHIN = 32;
/** Every connection keeps each name until it closes, so a marked statement must not vary its text. */
const MAX_NAMES = 50;

export const preparedMark: RawBuilder<unknown> = sql.raw(MARK);

export function createStatementNames(): (text: string) => string | undefined {
  const names = new Map<string, string>();
  return (text) => {
    if (!text.slice(0, MARK_WITHIN).includes(MARK)) return undefined;
    const known = names.get(text);
    if (known !== undefined || names.size === MAX_NAMES) return known;
    const name = `linkgrove_${names.size}`;
    names.set(text, name);
    return name;
  };
}

/** Stands for a value when a statement is compiled. */
class Placeholder {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

type Placeholders<Values> = { [Name in keyof Values]: RawBuilder<Values[Name]> };

/**
 * Builds and compiles a statement once, and prepares it by name where the connection allows. For hot reads: building and
 * compiling a short query costs the server more than sending it. `examples` name the values and give their types; `build`
 * may use them only as parameters.
 */
export function prepareQuery<Values extends object, Row>(
  examples: Values,
  build: (db: Db, values: Placeholders<Values>) => CompiledQuery<Row>,
): (db: Db, values: Values) => Promise<Row[]> {
  let compiled: CompiledQuery<Row> | undefined;
  const compile = (db: Db): CompiledQuery<Row> => {
    const placeholders = Object.keys(examples).map((name) => [name, sql`${new Placeholder(name)}`]);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- TypeScript does not follow the names
    const query = build(db, Object.fromEntries(placeholders) as Placeholders<Values>);
    return { ...query, sql: `${MARK} ${query.sql}` };
  };
  return async (db, values) => {
    compiled ??= compile(db);
    const byName = new Map<string, unknown>(Object.entries(values));
    const parameters = compiled.parameters.map((value) =>
      value instanceof Placeholder ? byName.get(value.name) : value,
    );
    const { rows } = await db.executeQuery<Row>({ ...compiled, parameters });
    return rows;
  };
}
