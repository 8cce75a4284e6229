import type { z } from 'zod';
import { type MemberError, createValidationError } from '../../../core/errors.ts';
import { pickDefined } from '../../../core/objects.ts';
import { checkUrl, type UrlUse } from '../../../core/text/urls.ts';
import { toMemberErrors } from '../../../core/text/validation.ts';
import { emailAddress } from '../../users/schema.ts';
import type { BlockContentRow } from './queries.ts';
import { type BlockType, BLOCK_DATA, type blockMembers } from './schema.ts';

/** What a block says, apart from how and when it is shown. `data` has the shape of `DATA[type]`. */
export type Content = { title: string | null; url: string | null; data: Record<string, unknown> };

type Rules = { use?: UrlUse; url: 'required' | 'optional' | 'none' };
const RULES: Record<BlockType, Rules> = {
  link: { use: 'link', url: 'required' },
  heading: { url: 'none' },
  text: { url: 'none' },
  image: { use: 'image', url: 'required' },
  embed: { use: 'embed', url: 'required' },
  social: { use: 'link', url: 'optional' },
  email: { use: 'email', url: 'required' },
  phone: { use: 'phone', url: 'required' },
};

const PHONE = /^\+?[\d\s().-]+$/;

/** Addresses and numbers may be given as people write them. */
function spellUrl(type: BlockType, url: string | null): string | null {
  if (url === null || url === '') return null;
  if (type === 'email' && emailAddress.safeParse(url).success) return `mailto:${url}`;
  if (type === 'phone' && PHONE.test(url)) return `tel:${url.replace(/\s/g, '')}`;
  if (type === 'phone' && /^tel:/i.test(url)) return url.replace(/\s/g, '');
  return url;
}

const required = (path: string): MemberError => ({ path, message: 'Required', code: 'required' });
const invalidUrl = (path: string, use: UrlUse, url: string): MemberError[] => {
  const { reason } = checkUrl(use, url);
  return reason ? [{ path, message: reason, code: 'invalid_url' }] : [];
};

function urlErrors(type: BlockType, url: string | null): MemberError[] {
  const { use, url: rule } = RULES[type];
  if (url === null) return rule === 'required' ? [required('url')] : [];
  if (use) return invalidUrl('url', use, url);
  return [{ path: 'url', message: `A block of type ${type} has no address`, code: 'unexpected' }];
}

/** What only the parts together, or the addresses among the data, can be wrong with. */
function contentErrors(type: BlockType, { title, url, data }: Content): MemberError[] {
  if (type === 'heading' && title === null) return [required('title')];
  if (type === 'text' && title === null && data['text'] === null) return [required('data.text')];
  if (type === 'image' && typeof data['link'] === 'string')
    return invalidUrl('data.link', 'link', data['link']);
  if (type !== 'social') return [];
  const profiles = data['profiles'] as { url: string }[];
  if (profiles.length === 0 && url === null) return [required('data.profiles')];
  return profiles.flatMap((profile, index) => invalidUrl(`data.profiles.${index}.url`, 'link', profile.url));
}

/**
 * Checks what a block of a type is to say and completes it. Throws `VALIDATION_FAILED` with one row for each
 * offending member.
 */
export function parseBlockContent(type: BlockType, given: Content): Content {
  const url = spellUrl(type, given.url);
  const parsed = BLOCK_DATA[type].safeParse(given.data);
  const dataErrors = parsed.success
    ? []
    : toMemberErrors(parsed.error).map((row) => ({ ...row, path: row.path ? `data.${row.path}` : 'data' }));
  const content = { title: given.title, url, data: parsed.data ?? {} };
  const errors = [
    ...urlErrors(type, url),
    ...dataErrors,
    ...(parsed.success ? contentErrors(type, content) : []),
  ];
  if (errors.length > 0) throw createValidationError(...errors);
  return content;
}

/** Members of a block as they are given, times as text. */
export type Members = z.infer<z.ZodObject<typeof blockMembers>>;

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

type Before = Omit<BlockContentRow, 'data' | 'layout'> & { data: object; layout: object | null };
const toDate = (text: string | null | undefined, before: Date | null): Date | null =>
  text === undefined ? before : text === null ? null : new Date(text);

/** A block with the members put over what it was before, checked as a whole. Throws `VALIDATION_FAILED`. */
export function mergeBlockContent(before: Before, members: Members): BlockContentRow {
  const { type } = before;
  const block = { ...before, ...pickDefined(members) };
  const data = { ...before.data, ...members.data };
  const startsAt = toDate(members.startsAt, before.startsAt);
  const endsAt = toDate(members.endsAt, before.endsAt);
  if (startsAt && endsAt && startsAt >= endsAt) {
    throw createValidationError({
      path: 'endsAt',
      message: 'Must be after startsAt',
      code: 'invalid_schedule',
    });
  }
  const { title, url } = block;
  return {
    ...block,
    ...parseBlockContent(type, { title, url, data }),
    type,
    startsAt,
    endsAt,
  } as BlockContentRow;
}

/** A new block of a type, completed. Throws `VALIDATION_FAILED`. */
export const createBlockContent = (type: BlockType, members: Members): BlockContentRow =>
  mergeBlockContent({ ...EMPTY, type }, members);
