import type { PhoneNumber } from 'libphonenumber-js/min';
import { loadPackage } from '../load-package.ts';

export type ParsedPhone = { href: string; display: string };

const MAX_LENGTH = 100;
/** Zeros of the other digits that people type: Arabic-Indic, Persian, Devanagari, Bengali. */
const ZEROS = [0x06_60, 0x06_f0, 0x09_66, 0x09_e6];
const DASHES = /[\p{Dash}\u30fc\u2500]/gu;
const EXTENSION =
  /(?:;ext=|(?:[\s,;]*(?:extension|extn?\.?|xtn?\.?|x|#|доб\.?|anexo|poste|内線)[\s.:=]*))(\d{1,8})$/iu;
const CONTEXT = /;phone-context=(\+[\d().-]{1,20})(?=;|$)/i;
const NUMBER = /^\+?[\d\s().\-/]+$/;
/** E.164: at most 15 digits with the country code; short services have fewer than the usual 7. */
const INTERNATIONAL = /^\+\d{6,15}$/;
const NATIONAL = /^\d{3,15}$/;

function toPlainText(text: string): string {
  const plain = text
    .normalize('NFKC')
    .replaceAll(/\p{Cf}/gu, '')
    .replaceAll(DASHES, '-');
  return plain
    .replaceAll(/\p{Nd}/gu, (digit) => {
      const point = digit.codePointAt(0) ?? 0;
      const zero = ZEROS.find((first) => point >= first && point < first + 10);
      return zero === undefined ? digit : String(point - zero);
    })
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function splitExtension(text: string): { number: string; extension: string | undefined } {
  const match = EXTENSION.exec(text);
  if (!match) return { number: text, extension: undefined };
  return { number: text.slice(0, match.index).trim(), extension: match[1] };
}

const loadParser = (): typeof import('libphonenumber-js/min') => loadPackage('libphonenumber-js/min');

const parseKnown = (number: string): PhoneNumber | undefined =>
  loadParser().parsePhoneNumberFromString(number, { extract: false });

/** Reads a number with a country code. Which zeros to drop depends on the country: `+39 06` keeps its own. */
function parseInternational(number: string): { dialed: string; shown: string } | undefined {
  const known = parseKnown(number);
  const dialed = known?.number ?? `+${number.replace(/\(0\)/, '').replaceAll(/\D/g, '')}`;
  if (!INTERNATIONAL.test(dialed)) return undefined;
  if (!known) return { dialed, shown: dialed };
  // Rows of zeros lose one at each reading; no number has them.
  if (parseKnown(dialed)?.number !== dialed) return undefined;
  return { dialed, shown: known.formatInternational() };
}

function parseNational(number: string): { dialed: string; shown: string } | undefined {
  const dialed = number.replaceAll(/\D/g, '');
  return NATIONAL.test(dialed) ? { dialed, shown: number } : undefined;
}

/** RFC 3966, or as people write it. libphonenumber-js with minimal metadata takes 83 kB on disk, 2 MB of memory. */
export function parsePhone(text: string): ParsedPhone | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const plain = toPlainText(text).replace(/^tel:\s*(?:\/\/)?/i, '');
  const context = CONTEXT.exec(plain)?.[1] ?? '';
  const { number, extension } = splitExtension(plain.replace(CONTEXT, ''));
  const whole = number.startsWith('+') ? number : context + number;
  if (!NUMBER.test(whole)) return undefined;
  const parsed = whole.startsWith('+') ? parseInternational(whole) : parseNational(whole);
  if (!parsed) return undefined;
  const { dialed, shown } = parsed;
  return extension === undefined
    ? { href: `tel:${dialed}`, display: shown }
    : { href: `tel:${dialed};ext=${extension}`, display: `${shown} ext. ${extension}` };
}
