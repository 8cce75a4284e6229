import { type RawBuilder, sql } from 'kysely';

const MARK = '/* prepared */';
/** The mark is the first thing in a statement, or comes right behind its verb. */
const FRONT = 32;
/** A statement of many texts is marked by mistake: each is kept by every connection until it ends. */
const MAX_NAMES = 50;

/**
 * Marks a statement that runs often, whose text is always the same: each connection has it parsed and planned once.
 * `` sql`${prepared} with …` ``, or `.modifyFront(prepared)`.
 */
export const preparedMark: RawBuilder<unknown> = sql.raw(MARK);

/** Gives every text that is marked a name of its own; undefined for all others. */
export function createStatementNames(): (text: string) => string | undefined {
  const names = new Map<string, string>();
  return (text) => {
    if (!text.slice(0, FRONT).includes(MARK)) return undefined;
    const known = names.get(text);
    if (known !== undefined || names.size === MAX_NAMES) return known;
    const name = `linkgrove_${names.size}`;
    names.set(text, name);
    return name;
  };
}
