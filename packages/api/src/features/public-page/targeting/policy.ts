import type { Device, Targeting } from '../../pages/blocks/targeting/schema.ts';
import { listLanguageRanges } from '../locales/index.ts';

/** The traits by which blocks are targeted. Undefined ones leave nobody out, as in a preview that does not name them. */
export type Traits = {
  country?: string | null | undefined;
  language?: string | null | undefined;
  device?: Device | undefined;
};

/** A visitor of whom nothing is known sees only what is meant for everyone. */
export const UNKNOWN_TRAITS: Traits = { country: null, language: null, device: 'desktop' };

export type TargetedBlock = { id: string; targeting: Targeting };
type Audience = { include: readonly string[]; exclude: readonly string[] };

const isNamed = (names: readonly string[], value: string): boolean =>
  names.some((name) => name === value || value.startsWith(`${name}-`));

function isInAudience({ include, exclude }: Audience, value: string | null | undefined): boolean {
  if (value === undefined) return true;
  if (value === null) return include.length === 0;
  return (include.length === 0 || isNamed(include, value)) && !isNamed(exclude, value);
}

export const isShownTo = ({ countries, languages, devices }: Targeting, traits: Traits): boolean =>
  isInAudience(countries, traits.country) &&
  isInAudience(languages, traits.language) &&
  isInAudience(devices, traits.device);

const isUsed = ({ include, exclude }: Audience): boolean => include.length + exclude.length > 0;

/** The parts of a request that decide, and the languages among which one is chosen. */
export type Dimensions = { country: boolean; device: boolean; languages: string[] };

export function listDimensions(targetings: Targeting[]): Dimensions {
  const languages = targetings.flatMap(({ languages: { include, exclude } }) => [...include, ...exclude]);
  return {
    country: targetings.some(({ countries }) => isUsed(countries)),
    device: targetings.some(({ devices }) => isUsed(devices)),
    languages: [...new Set(languages)],
  };
}

const sortByLength = (tags: string[]): string[] => tags.toSorted((one, other) => other.length - one.length);

/** `de-AT` is the best match of `de-AT`, then `de`; `pt` also matches `pt-BR`. RFC 4647, 3.4. */
function matchRange(range: string, languages: string[]): string | undefined {
  const wanted = range.toLowerCase();
  const covers = (tag: string) => wanted === tag.toLowerCase() || wanted.startsWith(`${tag.toLowerCase()}-`);
  return (
    sortByLength(languages).find(covers) ??
    languages.find((tag) => tag.toLowerCase().startsWith(`${wanted}-`))
  );
}

/** The best of the languages that a page names; without any, that of the page itself, or null. */
export function chooseLanguage(
  acceptLanguage: string | undefined,
  { languages, pageLanguage }: { languages: string[]; pageLanguage: string },
): string | null {
  for (const range of [...listLanguageRanges(acceptLanguage), pageLanguage]) {
    const match = matchRange(range, languages);
    if (match !== undefined) return match;
  }
  return null;
}
