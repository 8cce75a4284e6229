import { type RawBuilder, sql } from 'kysely';

const MARK = '/* prepared */';
/** The mark is at the start of a statement or right after its verb. */
const MARK_WITHIN = 32;
/** Every connection keeps each name until it closes, so a marked statement must not vary its text. */
const MAX_NAMES = 50;

/**
 * Marks a frequent statement with a constant text, so that each connection parses and plans it once. Use it as
 * `` sql`${preparedMark} with …` `` or `.modifyFront(preparedMark)`.
 */
export const preparedMark: RawBuilder<unknown> = sql.raw(MARK);

/** Returns a function that names each marked text, and returns undefined for all others. */
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
