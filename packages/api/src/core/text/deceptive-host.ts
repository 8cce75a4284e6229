import { domainToUnicode } from 'node:url';
import { isConfusableWithAscii } from './confusables.ts';

const toScript = (name: string): RegExp => new RegExp(`\\p{Script=${name}}`, 'u');
const SCRIPTS = (
  'Arabic Armenian Bengali Cyrillic Devanagari Ethiopic Georgian Greek Gujarati Gurmukhi ' +
  'Hebrew Kannada Lao Malayalam Oriya Sinhala Tamil Telugu Thai'
)
  .split(' ')
  .map(toScript);
const LATIN = toScript('Latin');
const EAST_ASIAN =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}]/u;
/** ASCII zones of countries that write in a script whose words can look like Latin ones. */
const HOME_ZONES: Record<string, RegExp> = {
  am: toScript('Armenian'),
  et: toScript('Ethiopic'),
  ge: toScript('Georgian'),
  il: toScript('Hebrew'),
};
const DOTLESS_I_ZONES = new Set(['az', 'tr']);
const LABEL = /^[\p{L}\p{M}\p{N}_-]*$/u;
const ASCII = /^[\x21-\x7e]+$/;

/** Letters of no listed script: Cherokee, Lisu, Coptic and others, of which none is written together with Latin. */
const isOtherLetter = (letter: string): boolean =>
  /\p{L}/u.test(letter) &&
  ![...SCRIPTS, LATIN, EAST_ASIAN, /[\p{Script=Common}\p{Script=Inherited}]/u].some((script) =>
    script.test(letter),
  );

function isMixed(label: string): boolean {
  const scripts = [...SCRIPTS, LATIN].filter((script) => script.test(label)).length;
  const all = scripts + ([...label].some(isOtherLetter) ? 1 : 0);
  // Japanese, Chinese and Korean names mix their scripts and Latin.
  return all > 1 || (all === 1 && EAST_ASIAN.test(label) && !LATIN.test(label));
}

function isAtHome(label: string, zone: string): boolean {
  if (LATIN.test(label)) return DOTLESS_I_ZONES.has(zone) && ASCII.test(label.replaceAll('ı', 'i'));
  if (ASCII.test(zone)) return HOME_ZONES[zone]?.test(label) ?? false;
  return SCRIPTS.some((script) => script.test(label) && script.test(zone));
}

function isDeceptiveLabel(label: string, zone: string): boolean {
  if (ASCII.test(label) && !label.startsWith('xn--')) return false;
  // A label that can't be decoded shows as xn--…, which nobody can read.
  if (label.startsWith('xn--') || !LABEL.test(label) || isMixed(label)) return true;
  return isConfusableWithAscii(label) && !isAtHome(label, zone);
}

export function isDeceptiveHost(host: string): boolean {
  const labels = domainToUnicode(host).split('.');
  const zone = labels.at(-1) ?? '';
  return labels.some((label) => label !== '' && isDeceptiveLabel(label, zone));
}
