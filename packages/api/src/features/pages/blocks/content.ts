import type { z } from 'zod';
import { type MemberError, createValidationError } from '../../../core/errors.ts';
import { pickDefined } from '../../../core/objects.ts';
import { checkUrl, toStoredUrl, type UrlUse } from '../../../core/text/urls.ts';
import { REQUIRED_MESSAGE, toMemberErrors } from '../../../core/text/validation.ts';
import { isPlatformUrl, PLATFORM_HOSTS } from '../policy.ts';
import type { BlockContentRow } from './queries.ts';
import { type BlockType, blockData, type blockMembers, type Platform } from './schema.ts';

type UrlRule = { use?: UrlUse; url: 'required' | 'optional' | 'none' };
export const URL_RULES: Record<BlockType, UrlRule> = {
  link: { use: 'link', url: 'required' },
  heading: { url: 'none' },
  text: { url: 'none' },
  image: { use: 'image', url: 'required' },
  embed: { use: 'embed', url: 'required' },
  social: { use: 'link', url: 'optional' },
  email: { use: 'email', url: 'required' },
  phone: { use: 'phone', url: 'required' },
};
const NO_URL_MESSAGES: Partial<Record<BlockType, string>> = {
  heading: "Headings can't have a link",
  text: "Text blocks can't have a link of their own. Put it into the text.",
};

const createRequiredError = (path: string): MemberError => ({
  path,
  message: REQUIRED_MESSAGE,
  code: 'required',
});

function listUrlErrors(path: string, use: UrlUse, url: string): MemberError[] {
  const { reason } = checkUrl(use, url);
  return reason ? [{ path, message: reason, code: 'invalid_url' }] : [];
}

function listBlockUrlErrors(type: BlockType, url: string | null): MemberError[] {
  const { use, url: rule } = URL_RULES[type];
  if (url === null) return rule === 'required' ? [createRequiredError('url')] : [];
  if (use) return listUrlErrors('url', use, url);
  return [
    { path: 'url', message: NO_URL_MESSAGES[type] ?? "This block can't have a link", code: 'unexpected' },
  ];
}

const encodeUrl = (use: UrlUse | undefined, url: string | null): string | null =>
  url === null || use === undefined ? url : (toStoredUrl(use, url) ?? url);

type TypedData = z.infer<typeof blockData>;
type Texts = { title: string | null; url: string | null };

/** Errors that a schema of `data` alone cannot find: missing combinations, and bad URLs inside. */
function listDataErrors({ type, data }: TypedData, { title, url }: Texts): MemberError[] {
  switch (type) {
    case 'heading':
      return title === null ? [createRequiredError('title')] : [];
    case 'text':
      return title === null && data.text === null ? [createRequiredError('data.text')] : [];
    case 'image':
      return data.link === null ? [] : listUrlErrors('data.link', 'link', data.link);
    case 'social':
      if (data.profiles.length === 0 && url === null) return [createRequiredError('data.profiles')];
      return data.profiles.flatMap((profile, index) =>
        listProfileErrors(`data.profiles.${index}.url`, profile),
      );
    case 'link':
    case 'embed':
    case 'email':
    case 'phone':
      return [];
  }
}

function listProfileErrors(
  path: string,
  { platform, url }: { platform: Platform; url: string },
): MemberError[] {
  const errors = listUrlErrors(path, 'link', url);
  if (errors.length > 0 || isPlatformUrl(platform, url)) return errors;
  const hosts = PLATFORM_HOSTS[platform]?.join(' or ');
  return [{ path, message: `Enter a link to ${hosts}, or choose "website"`, code: 'wrong_host' }];
}

function encodeDataUrls(typed: TypedData): TypedData {
  if (typed.type === 'image')
    return { ...typed, data: { ...typed.data, link: encodeUrl('link', typed.data.link) } };
  if (typed.type !== 'social') return typed;
  const profiles = typed.data.profiles.map(({ platform, url }) => ({
    platform,
    url: encodeUrl('link', url) ?? url,
  }));
  return { ...typed, data: { profiles } };
}

function parseContent(type: BlockType, given: Texts & { data: object }) {
  const texts = { title: given.title, url: given.url === '' ? null : given.url };
  const { data: typed, error } = blockData.safeParse({ type, data: given.data });
  const errors = [
    ...listBlockUrlErrors(type, texts.url),
    ...(typed ? listDataErrors(typed, texts) : toMemberErrors(error)),
  ];
  if (!typed || errors.length > 0) throw createValidationError(...errors);
  return { ...texts, url: encodeUrl(URL_RULES[type].use, texts.url), ...encodeDataUrls(typed) };
}

export type BlockMembers = z.infer<z.ZodObject<typeof blockMembers>>;

const EMPTY = {
  title: null,
  url: null,
  data: {},
  enabled: true,
  startsAt: null,
  endsAt: null,
  pinned: false,
  gate: null,
  thumbnailUrl: null,
  layout: null,
};

type Before = Omit<BlockContentRow, 'data'> & { data: object };

const toDate = (text: string | null | undefined, before: Date | null): Date | null =>
  text === undefined ? before : text === null ? null : new Date(text);

/** Throws `VALIDATION_FAILED` with all invalid members. */
export function mergeBlockContent(before: Before, members: BlockMembers): BlockContentRow {
  const block = { ...before, ...pickDefined(members) };
  const startsAt = toDate(members.startsAt, before.startsAt);
  const endsAt = toDate(members.endsAt, before.endsAt);
  if (startsAt && endsAt && startsAt >= endsAt) {
    throw createValidationError({
      path: 'endsAt',
      message: 'Choose an end after the start',
      code: 'invalid_schedule',
    });
  }
  const content = parseContent(before.type, { ...block, data: { ...before.data, ...members.data } });
  return { ...block, ...content, startsAt, endsAt };
}

export const createBlockContent = (type: BlockType, members: BlockMembers): BlockContentRow =>
  mergeBlockContent({ ...EMPTY, type }, members);
