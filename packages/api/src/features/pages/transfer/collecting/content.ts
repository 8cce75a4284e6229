import type { z } from 'zod';
import { AppError } from '../../../../core/errors.ts';
import { checkUrl, toStoredUrl } from '../../../../core/text/urls.ts';
import {
  multiLineSchema,
  nameSchema,
  singleLineSchema,
  takeCodePoints,
} from '../../../../core/text/validation.ts';
import { type BlockMembers, createBlockContent } from '../../blocks/content.ts';
import type { FileBlockRow } from '../../blocks/queries.ts';
import { type BlockType, type Platform, SOCIAL_PLATFORMS } from '../../blocks/schema.ts';
import { isPlatformUrl, MAX_BLOCKS, MAX_PROFILES, PLATFORM_HOSTS } from '../../policy.ts';

/** Links of a foreign file, whether they come over or not. */
export const MAX_FOREIGN_LINKS = 2_000;
export const MAX_PICTURES = 20;
const MAX_TITLE_LENGTH = 128;

/** About a part of the file. */
export type ImportNote = { title: string; reason: string };

/** A picture that the file itself contains; without a block, the avatar. */
export type ImportPicture = { block: number | null; title: string; type: string; base64: string };

export type ImportedPage = {
  page: { title?: string; bio?: string | null; avatarUrl?: string | null };
  blocks: FileBlockRow[];
  /** Content that was not imported. */
  skipped: ImportNote[];
  /** Content that was imported differently. */
  changed: ImportNote[];
  pictures: ImportPicture[];
};

/** Making a schema takes longer than checking a text by it. */
function createTruncation(schema: (min: number, max: number) => z.ZodString) {
  const schemas = new Map<number, z.ZodString>();
  return (value: string | null | undefined, max: number): string | null => {
    const known = schemas.get(max) ?? schema(1, max);
    schemas.set(max, known);
    return known.safeParse(takeCodePoints((value ?? '').trim(), max)).data ?? null;
  };
}
const truncateToLine = createTruncation(singleLineSchema);
const truncateToName = createTruncation(nameSchema);

export const toProse = createTruncation(multiLineSchema);
export const toLine = (value: string | null | undefined, max = MAX_TITLE_LENGTH): string | null =>
  truncateToLine(value?.replace(/\s+/g, ' '), max);
export const toPageName = (value: string | null | undefined): string | null =>
  truncateToName(value?.replace(/\s+/g, ' '), MAX_TITLE_LENGTH);

export const toImageUrl = (url: string | null | undefined): string | null =>
  url ? (toStoredUrl('image', url) ?? null) : null;

const SCHEME = /^([a-z][a-z0-9+-]*):/i;
const LINK_SCHEMES = new Set(['http', 'https', 'mailto', 'tel']);
const DOMAIN = /^(?:[\p{L}\p{N}-]+\.)+\p{L}{2,}(?:[:/?#]\S*)?$/u;

/** Completes what people write without a scheme: a domain, an email address, or a phone number. */
export function toCompleteUrl(given: string): string {
  const text = given.trim();
  if (SCHEME.test(text)) return text;
  if (/^[^\s@/]+@[^\s@/]+\.[^\s@/]+$/.test(text)) return `mailto:${text}`;
  if (/^\+?\(?\d[\d\s().-]{5,}$/.test(text)) return `tel:${text}`;
  return DOMAIN.test(text) ? `https://${text}` : text;
}

export function findUrlType(url: string): 'email' | 'phone' | 'link' {
  if (/^mailto:/i.test(url)) return 'email';
  return /^tel:/i.test(url) ? 'phone' : 'link';
}

/** Undefined for what pages can link to, if it is well formed. */
export function findSchemeReason(url: string): string | undefined {
  const scheme = SCHEME.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined || LINK_SCHEMES.has(scheme)) return undefined;
  return `Pages link to web, mail and phone addresses only, not to ${scheme}: addresses`;
}

const PLATFORM_ALIASES: Record<string, Platform> = {
  twitter: 'x',
  'x-twitter': 'x',
  kofi: 'ko-fi',
  'apple-podcast': 'apple-podcasts',
  'facebook-page': 'facebook',
  'facebook-f': 'facebook',
  'linkedin-in': 'linkedin',
  'youtube-channel': 'youtube',
  'line-me': 'line',
};
const PLATFORMS_BY_HOST = SOCIAL_PLATFORMS.filter((platform) => PLATFORM_HOSTS[platform]);

/** By its name, or else by its address. */
export function findPlatform(name: string | null | undefined, url: string): Platform {
  const given = (name ?? '')
    .trim()
    .toLowerCase()
    .replaceAll(/[_\s]+/g, '-');
  const known = PLATFORM_ALIASES[given] ?? SOCIAL_PLATFORMS.find((platform) => platform === given);
  if (known !== undefined && isPlatformUrl(known, url)) return known;
  if (!URL.canParse(url)) return 'website';
  return PLATFORMS_BY_HOST.find((platform) => isPlatformUrl(platform, url)) ?? 'website';
}

const DATA_URL = /^data:(image\/[a-z+-]+)(?:;[\w=-]+)*;base64,([\w+/=\s-]+)$/i;

const readReason = (error: AppError): string => error.errors?.[0]?.message ?? error.message;

/** Collects what is in a foreign file, with a note for everything that does not come over as it was. */
export function createCollector() {
  const blocks: FileBlockRow[] = [];
  const skipped: ImportNote[] = [];
  const changed: ImportNote[] = [];
  const pictures: ImportPicture[] = [];
  const profiles: { platform: Platform; url: string }[] = [];

  const toNote = (title: string, reason: string): ImportNote => ({
    title: takeCodePoints(title, MAX_TITLE_LENGTH),
    reason,
  });
  const skip = (title: string, reason: string) => void skipped.push(toNote(title, reason));
  const change = (title: string, reason: string) => void changed.push(toNote(title, reason));

  /** Returns its index, or undefined if it was skipped. */
  const add = (
    title: string,
    type: BlockType,
    members: BlockMembers,
    group: number | null = null,
  ): number | undefined => {
    const schemeReason = members.url ? findSchemeReason(members.url) : undefined;
    if (schemeReason !== undefined) return skip(title, schemeReason);
    if (blocks.length >= MAX_BLOCKS) return skip(title, `A page can have at most ${MAX_BLOCKS} blocks`);
    try {
      return blocks.push({ ...createBlockContent(type, members), group }) - 1;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return skip(title, readReason(error));
    }
  };

  const addPicture = (block: number | null, title: string, url: string): void => {
    const [, type, base64] = DATA_URL.exec(url) ?? [];
    if (type === undefined || base64 === undefined)
      return skip(title, 'Its picture is not readable. Upload it again.');
    if (pictures.length >= MAX_PICTURES)
      return skip(title, `An import uploads at most ${MAX_PICTURES} pictures`);
    pictures.push({
      block,
      title: takeCodePoints(title, MAX_TITLE_LENGTH),
      type: type.toLowerCase(),
      base64,
    });
  };

  const addProfile = (name: string | null | undefined, url: string): void => {
    const reason = findSchemeReason(url) ?? checkUrl('link', url).reason;
    if (reason !== undefined) return skip(name ?? url, reason);
    if (profiles.length >= MAX_PROFILES)
      return skip(name ?? url, `A block can have at most ${MAX_PROFILES} profiles`);
    profiles.push({ platform: findPlatform(name, url), url });
  };
  /** Adds the row of icons, if there are profiles. */
  const addProfileRow = (): void => {
    if (profiles.length > 0) add('', 'social', { data: { profiles } });
  };

  /** A picture of the file itself becomes an upload, others stay where they are. */
  const readAvatar = (url: string | null | undefined): string | null => {
    if (!url?.startsWith('data:')) return toImageUrl(url);
    addPicture(null, 'Avatar', url);
    return null;
  };

  return {
    blocks,
    skipped,
    changed,
    pictures,
    skip,
    change,
    add,
    addPicture,
    addProfile,
    addProfileRow,
    readAvatar,
  };
}
export type Collector = ReturnType<typeof createCollector>;

export const toImportedPage = (
  { blocks, skipped, changed, pictures }: Collector,
  page: ImportedPage['page'] = {},
): ImportedPage => ({ page, blocks, skipped, changed, pictures });
