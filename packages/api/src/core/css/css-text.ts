export type CssFault = { line: number; message: string };

/** The parser is recursive, and tries alternatives at every level. */
const MAX_DEPTH = 6;

const REFUSED: [RegExp, string][] = [
  [/\\/, 'Write the character itself instead of an escape with a backslash'],
  [/<\//, 'Remove </'],
  [/[^\P{Cc}\t\n\r]/u, 'Remove the control character'],
  [/url\(\s*(?!["'\s])/i, 'Put the address in url() into quotes'],
  [
    /(?<![\w-])(?:-webkit-)?(?:image-set|image|src|element|paint|expression)\(/i,
    'Use url("…") with the address of an uploaded file instead of this function',
  ],
];

/** The first line from a rule's own on with one of the words; the rule's own if there is none. */
export function findLine(css: string, from: number, words: string[]): number {
  const found = css
    .split('\n')
    .slice(from - 1)
    .findIndex((line) => words.some((word) => line.includes(word)));
  return found === -1 ? from : from + found;
}

const countLines = (text: string): number => text.split('\n').length;

/** Comments and closed strings. Without escapes and bare addresses, nothing else can hide a bracket. */
const HIDDEN = /\/\*[\s\S]*?\*\/|"[^"\n]*"|'[^'\n]*'/g;

/** The same number of lines, without what is only text. */
const hideTexts = (css: string): string => css.replaceAll(HIDDEN, (text) => text.replaceAll(/[^\n]/g, ' '));

const PAIRS: Record<string, string> = { ')': '(', ']': '[', '}': '{' };

function findBracketFault(css: string): CssFault | undefined {
  const open: string[] = [];
  let line = 1;
  for (const character of hideTexts(css)) {
    if (character === '\n') line += 1;
    else if (character === '"' || character === "'")
      return { line, message: 'Close the quotes on the same line' };
    else if ('([{'.includes(character)) open.push(character);
    else if (character in PAIRS && open.pop() !== PAIRS[character])
      return { line, message: `There is a ${character} without its beginning` };
    if (open.length > MAX_DEPTH) return { line, message: `Nest at most ${MAX_DEPTH} brackets` };
  }
  return open.length > 0 ? { line, message: `Close the ${open.at(-1)}` } : undefined;
}

/** Finds text that the parser must not see or cannot be trusted with. */
export function findTextFault(css: string): CssFault | undefined {
  for (const [pattern, message] of REFUSED) {
    const at = css.search(pattern);
    if (at !== -1) return { line: countLines(css.slice(0, at)), message };
  }
  return findBracketFault(css);
}
