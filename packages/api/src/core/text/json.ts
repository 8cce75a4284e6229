export function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const sortMembers = (_name: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)))
    : value;

/** The same text for equal values, whatever the order of their members; empty for `undefined`. */
export const toCanonicalJson = (value: unknown): string => JSON.stringify(value, sortMembers) ?? '';

export type JsonLimits = { maxDepth: number; maxValues: number };

/** Deep nesting overflows the stack of later readers. */
const MAX_DEPTH = 64;
/** Members and array items of a request body: ten calls that list 200 blocks each, and some room. */
export const BODY_LIMITS: JsonLimits = { maxDepth: MAX_DEPTH, maxValues: 3_000 };
/** Members and array items of a file to import: a saved page of the largest size that occurs. */
export const FILE_LIMITS: JsonLimits = { maxDepth: MAX_DEPTH, maxValues: 40_000 };

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [0x5b, 0x5d, 0x7b, 0x7d];

function findStringEnd(text: string, index: number): number {
  for (let end = text.indexOf('"', index); end !== -1; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return end;
  }
  return text.length;
}

/** Counts brackets and commas outside strings, which is much cheaper than parsing. */
export function findJsonExcess(text: string, { maxDepth, maxValues }: JsonLimits): string | undefined {
  let depth = 0;
  let values = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) index = findStringEnd(text, index + 1);
    else if (code === COMMA) values += 1;
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      depth += 1;
      values += 1;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth -= 1;
    if (depth > maxDepth) return `nests deeper than ${maxDepth} levels`;
    if (values > maxValues) return `has more than ${maxValues.toLocaleString('en')} values`;
  }
  return undefined;
}
