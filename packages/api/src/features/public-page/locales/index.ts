import { ar } from './ar.ts';
import { de } from './de.ts';
import { en } from './en.ts';
import { es } from './es.ts';
import { fr } from './fr.ts';
import { he } from './he.ts';
import { hi } from './hi.ts';
import { id } from './id.ts';
import { it } from './it.ts';
import { ja } from './ja.ts';
import { ko } from './ko.ts';
import { nl } from './nl.ts';
import { pl } from './pl.ts';
import { pt } from './pt.ts';
import { tr } from './tr.ts';
import type { Direction, Locale } from './types.ts';
import { zhHans } from './zh-hans.ts';

export type { Direction, Locale, Messages } from './types.ts';

/** ISO 15924, scripts written from right to left. */
const RTL_SCRIPTS = new Set(['Adlm', 'Arab', 'Hebr', 'Mand', 'Nkoo', 'Rohg', 'Samr', 'Syrc', 'Thaa']);
const MAX_TAG_LENGTH = 64;
const MAX_RANGES = 20;

function maximizeTag(tag: string): Intl.Locale | undefined {
  try {
    return tag.length > MAX_TAG_LENGTH ? undefined : new Intl.Locale(tag).maximize();
  } catch {
    return undefined;
  }
}

export function getDirection(tag: string): Direction {
  const script = maximizeTag(tag)?.script;
  return script !== undefined && RTL_SCRIPTS.has(script) ? 'rtl' : 'ltr';
}

const ENGLISH: Locale = { tag: 'en', direction: 'ltr', messages: en };

export const LOCALES: readonly Locale[] = [
  ENGLISH,
  ...Object.entries({ de, fr, es, pt, it, nl, pl, tr, ar, he, ja, 'zh-Hans': zhHans, ko, hi, id }).map(
    ([tag, messages]) => ({ tag, direction: getDirection(tag), messages }),
  ),
];

/** By language and script, so that `zh-TW`, which is written in another script, doesn't get `zh-Hans`. */
const keyOf = (locale: Intl.Locale): string => `${locale.language}-${locale.script}`;
const BY_KEY = new Map(
  LOCALES.map((locale): [string, Locale] => [keyOf(new Intl.Locale(locale.tag).maximize()), locale]),
);

function findExactLocale(tag: string): Locale | undefined {
  const maximized = maximizeTag(tag);
  return maximized && BY_KEY.get(keyOf(maximized));
}

export const findLocale = (tag: string): Locale => findExactLocale(tag) ?? ENGLISH;

/** Lists the languages that a visitor prefers, the best first. Accept-Language: RFC 9110, 12.5.4. */
export const listLanguageRanges = (acceptLanguage: string | undefined): string[] =>
  (acceptLanguage ?? '')
    .split(',', MAX_RANGES)
    .map((range) => {
      const [tag = '', quality] = range.split(/;\s*q=/i);
      return { tag: tag.trim(), quality: quality === undefined ? 1 : Number(quality) };
    })
    .filter(({ quality }) => quality > 0)
    .toSorted((one, other) => other.quality - one.quality)
    .map(({ tag }) => tag);

export function negotiateLocale(acceptLanguage: string | undefined): Locale {
  for (const tag of listLanguageRanges(acceptLanguage)) {
    const locale = findExactLocale(tag);
    if (locale) return locale;
  }
  return ENGLISH;
}

const FIRST_STRONG_ISOLATE = '\u2068';
const POP_ISOLATE = '\u2069';
const RTL_LETTER =
  /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;

/** Isolates values, so that one in the other direction doesn't reorder the words. Plain text: escape it for HTML. */
export function formatMessage(
  { direction }: Locale,
  message: string,
  values: Readonly<Record<string, string | number>>,
): string {
  return message.replaceAll(/\{(\w+)\}/g, (placeholder, name: string) => {
    const value = Object.hasOwn(values, name) ? String(values[name]) : placeholder;
    const mayReorder = direction === 'rtl' ? !/^\d+$/.test(value) : RTL_LETTER.test(value);
    return mayReorder ? FIRST_STRONG_ISOLATE + value + POP_ISOLATE : value;
  });
}
