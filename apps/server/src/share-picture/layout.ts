/** The width of a text in pixels. */
export type Measure = (text: string) => number;

type Frame = { language: string; maxWidth: number; maxLines: number };
export type Lines = { lines: string[]; isCut: boolean };

const ELLIPSIS = '…';
const OPENING = /^[\p{Ps}\p{Pi}]+$/u;

const splitGraphemes = (text: string): string[] =>
  [...new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text)].map(({ segment }) => segment);

/** Scripts that are written without spaces. */
const SPACELESS = ['Han', 'Hiragana', 'Katakana', 'Thai', 'Lao', 'Khmer', 'Myanmar'];
const SPACELESS_LETTER = `[${SPACELESS.map((script) => String.raw`\p{Script=${script}}`).join('')}]`;
const MAY_BREAK_AFTER = new RegExp(String.raw`(?:\s|${SPACELESS_LETTER})$`, 'u');
const MAY_BREAK_BEFORE = new RegExp(`^${SPACELESS_LETTER}`, 'u');

/** Where lines may break. Marks stay with the word that they belong to, and spaces with the word before them. */
export function listLineParts(text: string, language: string): string[] {
  const parts: string[] = [];
  let opening = '';
  for (const { segment, isWordLike } of new Intl.Segmenter(language, { granularity: 'word' }).segment(text)) {
    const last = parts.at(-1);
    const isFree = last === undefined || MAY_BREAK_AFTER.test(last);
    if (isFree && OPENING.test(segment)) {
      opening += segment;
      continue;
    }
    const isStart = isFree
      ? isWordLike || last === undefined || /\s$/u.test(last)
      : MAY_BREAK_BEFORE.test(segment);
    if (isStart || last === undefined || opening !== '') parts.push(opening + segment);
    else parts[parts.length - 1] = last + segment;
    opening = '';
  }
  return opening === '' ? parts : [...parts, opening];
}

/** The most graphemes that fit, with `ending`; at least one. */
function takeFitting(text: string, ending: string, maxWidth: number, measure: Measure): string {
  const graphemes = splitGraphemes(text);
  let [fitting, tooMany] = [1, graphemes.length + 1];
  while (tooMany - fitting > 1) {
    const middle = Math.floor((fitting + tooMany) / 2);
    const taken = graphemes.slice(0, middle).join('').trimEnd();
    if (measure(taken + ending) <= maxWidth) fitting = middle;
    else tooMany = middle;
  }
  return graphemes.slice(0, fitting).join('');
}

function breakLines(words: string[], { maxWidth, maxLines }: Frame, measure: Measure): string[] {
  const lines: string[] = [];
  let line = '';
  const rest = words.toReversed();
  for (let word = rest.pop(); word !== undefined && lines.length <= maxLines; word = rest.pop()) {
    if (measure((line + word).trimEnd()) <= maxWidth) line += word;
    else if (line === '') {
      const start = takeFitting(word, '', maxWidth, measure);
      lines.push(start);
      if (start.length < word.length) rest.push(word.slice(start.length));
    } else {
      lines.push(line);
      line = '';
      rest.push(word);
    }
  }
  return line === '' ? lines : [...lines, line];
}

/** Breaks at words, or inside of one that is wider than a line. What does not fit is replaced with an ellipsis. */
export function formatLines(given: string, frame: Frame, measure: Measure): Lines {
  const text = given.replaceAll(/\s+/g, ' ').trim();
  const { maxWidth, maxLines, language } = frame;
  const broken = breakLines(listLineParts(text, language), frame, measure);
  if (broken.length <= maxLines) return { lines: broken.map((line) => line.trimEnd()), isCut: false };
  const kept = broken.slice(0, maxLines - 1);
  const rest = text.slice(kept.join('').length);
  const last = takeFitting(rest, ELLIPSIS, maxWidth, measure).trimEnd() + ELLIPSIS;
  return { lines: [...kept.map((line) => line.trimEnd()), last], isCut: true };
}

export type TextSize = { size: number; maxLines: number };

/** The first and largest size in which the text is not cut, or the last one. */
export function formatFitting(
  text: string,
  {
    sizes,
    language,
    maxWidth,
  }: { sizes: readonly [TextSize, ...TextSize[]]; language: string; maxWidth: number },
  measureIn: (size: number) => Measure,
): Lines & { size: number } {
  let fitted: (Lines & { size: number }) | undefined;
  for (const { size, maxLines } of sizes) {
    fitted = { ...formatLines(text, { language, maxWidth, maxLines }, measureIn(size)), size };
    if (!fitted.isCut) return fitted;
  }
  return fitted ?? { lines: [], isCut: false, size: sizes[0].size };
}

const STRONG = /[\p{L}]/u;
const RIGHT_TO_LEFT =
  /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;

/** By the first letter, as `dir="auto"` does it. */
export function findTextDirection(text: string, fallback: 'ltr' | 'rtl'): 'ltr' | 'rtl' {
  const first = STRONG.exec(text)?.[0];
  if (first === undefined) return fallback;
  return RIGHT_TO_LEFT.test(first) ? 'rtl' : 'ltr';
}
