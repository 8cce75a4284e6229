import { FILE_LIMITS, findJsonExcess, tryParseJson } from '../../../../core/text/json.ts';

// The data that a page made with Next.js embeds for its own script.

const DATA_SCRIPT_ID = 'id="__NEXT_DATA__"';

/** Of the older kind of page: one script with all of it. */
export function findEmbeddedJson(html: string): string | undefined {
  const mark = html.indexOf(DATA_SCRIPT_ID);
  const start = html.indexOf('>', mark) + 1;
  const end = html.indexOf('</script', start);
  return mark === -1 || start === 0 || end === -1 ? undefined : html.slice(start, end);
}

const PUSH = /^\s*self\.__next_f\.push\((\[[^]*\])\)[\s;]*$/;

/** Reads the newer kind: a script that pushes the next part of a stream. Empty for all other scripts. */
export function readStreamPart(script: string): string {
  const pushed = tryParseJson(PUSH.exec(script)?.[1] ?? '');
  return Array.isArray(pushed) && pushed[0] === 1 && typeof pushed[1] === 'string' ? pushed[1] : '';
}

/** Long texts, by their IDs. */
type Texts = ReadonlyMap<string, string>;
export type EmbeddedData = {
  /** JSON, in which a text that starts with `$` names a long text or something else, and `$$` stands for `$`. */
  rows: string[];
  texts: Texts;
};

const MAX_ROWS = 5_000;
/** More than a block can have. Thousands of members may name the same text, and each of them is read. */
const MAX_TEXT_BYTES = 8_000;
const [COLON, COMMA, LINE_FEED, TEXT] = [0x3a, 0x2c, 0x0a, 0x54];

/** A row is an ID, a colon and JSON until the end of the line, or `T`, the length in bytes (hexadecimal), a comma and a text. */
export function readStream(stream: string): EmbeddedData {
  const rows: string[] = [];
  const texts = new Map<string, string>();
  const bytes = Buffer.from(stream);
  for (let start = 0, count = 0; start < bytes.length && count < MAX_ROWS; count += 1) {
    const colon = bytes.indexOf(COLON, start);
    if (colon === -1) break;
    if (bytes[colon + 1] === TEXT) {
      const comma = bytes.indexOf(COMMA, colon);
      const length = Number.parseInt(bytes.toString('latin1', colon + 2, comma), 16);
      if (comma === -1 || Number.isNaN(length)) break;
      const kept = Math.min(length, MAX_TEXT_BYTES);
      texts.set(bytes.toString('latin1', start, colon), bytes.toString('utf8', comma + 1, comma + 1 + kept));
      start = comma + 1 + length;
      continue;
    }
    const found = bytes.indexOf(LINE_FEED, colon);
    const end = found === -1 ? bytes.length : found;
    rows.push(bytes.toString('utf8', colon + 1, end));
    start = end + 1;
  }
  return { rows, texts };
}

function parseRow(json: string, texts: Texts | undefined): unknown {
  if (!texts) return tryParseJson(json);
  try {
    return JSON.parse(json, (_member, value: unknown) => {
      if (typeof value !== 'string' || !value.startsWith('$')) return value;
      return value.startsWith('$$') ? value.slice(1) : (texts.get(value.slice(1)) ?? null);
    });
  } catch {
    return undefined;
  }
}

/**
 * An object inside of the JSON that has all of the members. Undefined also if the JSON is too large to be looked through.
 * `texts` are those of the row.
 */
export function findObject(
  json: string,
  { members, texts }: { members: string[]; texts?: Texts },
): object | undefined {
  if (!members.every((member) => json.includes(`"${member}"`))) return undefined;
  if (findJsonExcess(json, FILE_LIMITS) !== undefined) return undefined;
  const waiting: unknown[] = [parseRow(json, texts)];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    if (members.every((member) => Object.hasOwn(value, member))) return value;
    for (const part of Object.values(value))
      if (typeof part === 'object' && part !== null) waiting.push(part);
  }
  return undefined;
}
