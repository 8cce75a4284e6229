import { CONFUSABLES_TABLE } from './confusables-table.ts';

/** Letters shaped like small Latin capitals; a reader takes `ʜᴏᴛ` for `hot`, though Unicode keeps them apart. */
const SMALL_CAPITALS: Record<string, string> = {
  ᴀ: 'a',
  ʙ: 'b',
  ᴅ: 'd',
  ᴇ: 'e',
  ꜰ: 'f',
  ɢ: 'g',
  ʜ: 'h',
  ᴊ: 'j',
  ᴋ: 'k',
  ĸ: 'k',
  ʟ: 'l',
  ᴍ: 'm',
  ɴ: 'n',
  ᴘ: 'p',
  ʀ: 'r',
  ᴛ: 't',
  ԗ: 'p',
  ъ: 'b',
  ь: 'b',
  в: 'b',
  к: 'k',
  м: 'm',
  н: 'h',
  т: 't',
  κ: 'k',
  χ: 'x',
};

/** Letters of Latin alphabets in their own right: `cœur`, `hjælp`. */
const LATIN_LIGATURES = /[æœ]/gu;
const LABEL = /^[a-z0-9_-]+$/i;
const NOT_ASCII = /\P{ASCII}/u;

const substitute = (text: string, table: ReadonlyMap<string, string>): string =>
  [...text.normalize('NFD')]
    .map((point) => table.get(point) ?? point)
    .join('')
    .normalize('NFD');

function substituteAll(text: string, table: ReadonlyMap<string, string>): string {
  const next = substitute(text, table);
  return next === text ? text : substituteAll(next, table);
}

function parseTable(): Map<string, string> {
  const pairs = CONFUSABLES_TABLE.split('\n').flatMap((line) => {
    const [target = '', members = ''] = line.split('\t');
    return [...members].map((member): [string, string] => [member, target]);
  });
  const direct = new Map([...pairs, ...Object.entries(SMALL_CAPITALS)]);
  return new Map([...direct].map(([member, target]) => [member, substituteAll(target, direct)]));
}

/** Parsed at first use: most hosts are ASCII and never need it. */
let parsedTable: Map<string, string> | undefined;

/** UTS 39, section 4: labels that look alike have the same skeleton. It is for comparing, not for showing. */
export function computeSkeleton(label: string): string {
  parsedTable ??= parseTable();
  return substitute(label, parsedTable);
}

export function isConfusableWithAscii(label: string): boolean {
  const rest = label.replaceAll(LATIN_LIGATURES, '');
  return NOT_ASCII.test(rest) && LABEL.test(computeSkeleton(rest));
}
