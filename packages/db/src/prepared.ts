import { type RawBuilder, sql } from 'kysely';

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
