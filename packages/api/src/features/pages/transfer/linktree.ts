import { z } from 'zod';
import { AppError } from '../../../core/errors.ts';
import { createPacer } from '../../../core/pacing.ts';
import { checkUrl, toStoredUrl } from '../../../core/text/urls.ts';
import {
  multiLineSchema,
  nameSchema,
  singleLineSchema,
  takeCodePoints,
} from '../../../core/text/validation.ts';
import { type BlockMembers, createBlockContent } from '../blocks/content.ts';
import type { FileBlockRow } from '../blocks/queries.ts';
import { type BlockType, type Gate, GATES, type Platform, SOCIAL_PLATFORMS } from '../blocks/schema.ts';
import { isPlatformUrl, MAX_BLOCKS, MAX_PROFILES } from '../policy.ts';

// The data that a Linktree page embeds for its own script. The format is undocumented, so most of it is optional.
const text = z.string().nullish().catch(null);
const id = z.union([z.string(), z.number()]).transform(String);
/** Gates of a link. Those in `activeOrder` are active; what a gate contains differs from one kind to the next. */
const linktreeGate = z
  .looseObject({ activeOrder: z.array(z.string()).max(20).optional() })
  .nullish()
  .catch(null);
const linktreeTime = z.union([z.string(), z.number()]).nullish().catch(null);
const linktreeSchedule = z.looseObject({}).nullish().catch(null);
const linktreeLink = z.object({
  id: id.nullish().catch(null),
  type: text,
  title: text,
  url: text,
  position: z.number().nullish().catch(null),
  thumbnail: text,
  parent: z.object({ id }).nullish().catch(null),
  locked: z.boolean().nullish().catch(null),
  gate: linktreeGate,
  schedule: linktreeSchedule,
  scheduledStart: linktreeTime,
  scheduledEnd: linktreeTime,
  rules: z.object({ gate: linktreeGate, schedule: linktreeSchedule }).nullish().catch(null),
});
type LinktreeLink = z.infer<typeof linktreeLink>;
const pageProps = z.object({
  account: z.object({ username: text, pageTitle: text, description: text, profilePictureUrl: text }),
  links: z.array(linktreeLink).max(2_000),
  socialLinks: z
    .array(z.object({ type: text, url: text }))
    .max(200)
    .nullish(),
});
type PageProps = z.infer<typeof pageProps>;

const linktreeData = z.union([
  z.object({ props: z.object({ pageProps }) }).transform(({ props }) => props.pageProps),
  z.object({ pageProps }).transform((props) => props.pageProps),
  pageProps,
]);

export type LinktreePage = {
  page: { title?: string; bio?: string | null; avatarUrl?: string | null };
  blocks: FileBlockRow[];
  skipped: { title: string; reason: string }[];
};

const truncateText = (
  schema: typeof singleLineSchema,
  value: string | null | undefined,
  max: number,
): string | null => schema(1, max).safeParse(takeCodePoints((value ?? '').trim(), max)).data ?? null;
const truncateLine = (value: string | null | undefined, max: number) =>
  truncateText(singleLineSchema, value?.replace(/\s+/g, ' '), max);
const truncateName = (value: string | null | undefined) =>
  truncateText(nameSchema, value?.replace(/\s+/g, ' '), 128);
const toImageUrl = (url: string | null | undefined) => (url ? (toStoredUrl('image', url) ?? null) : null);

const comparePositions = (a: LinktreeLink, b: LinktreeLink) => (a.position ?? 0) - (b.position ?? 0);

/** Links of a group follow it; a link with an unknown parent stays on its own. */
function sortLinks(links: LinktreeLink[]): LinktreeLink[] {
  const groups = new Set(links.filter(({ parent }) => !parent).map((one) => one.id));
  const children = Map.groupBy(links.toSorted(comparePositions), ({ parent }) => parent?.id);
  /** Several groups can have the same id; the first gets its links. */
  const takeChildren = ({ id: group }: LinktreeLink): LinktreeLink[] => {
    if (typeof group !== 'string') return [];
    const taken = children.get(group) ?? [];
    children.delete(group);
    return taken;
  };
  const ordered = links
    .filter(({ parent }) => !parent || !groups.has(parent.id))
    .toSorted(comparePositions)
    .flatMap((one) => [one, ...takeChildren(one)]);
  return [...new Set(ordered)];
}

function toBlockType({ type, url }: LinktreeLink): BlockType {
  if (type === 'GROUP') return 'group';
  if (type === 'HEADER') return 'heading';
  if (url && /^mailto:/i.test(url)) return 'email';
  if (url && /^tel:/i.test(url)) return 'phone';
  return type !== 'CLASSIC' && url && checkUrl('embed', url).href ? 'embed' : 'link';
}

type LinktreeGate = NonNullable<z.infer<typeof linktreeGate>>;
/** Older pages have no `activeOrder`; there, a gate that has content is active. */
const isActive = ({ activeOrder, ...kinds }: LinktreeGate): boolean =>
  activeOrder ? activeOrder.length > 0 : Object.values(kinds).some(Boolean);

/** A kind that a page cannot have, such as a passcode, becomes a warning. */
function findGate({ gate, rules, locked }: LinktreeLink): Gate | null {
  const active = [rules?.gate, gate].find((one) => one && isActive(one));
  if (!active) return locked ? 'sensitive' : null;
  const { activeOrder, ...kinds } = active;
  const names = activeOrder ?? [...Object.keys(kinds), ...Object.values(kinds).map(String)];
  if (!names.some((kind) => /age/i.test(kind))) return 'sensitive';
  const age = /18|21|25/.exec(JSON.stringify(kinds))?.[0] ?? '18';
  return GATES.find((one) => one === `${age}+`) ?? 'sensitive';
}

const MAX_SECONDS = 100_000_000_000;
function toTime(value: unknown): string | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const number = Number(value);
  const at = Number.isNaN(number) ? Date.parse(String(value)) : number * (number < MAX_SECONDS ? 1_000 : 1);
  return Number.isNaN(at) || at <= 0 ? null : new Date(at).toISOString();
}

/** The members' names differ from one year to the next. */
function findSchedule(link: LinktreeLink): { startsAt: string | null; endsAt: string | null } {
  const given: Record<string, unknown> = {
    scheduledStart: link.scheduledStart,
    scheduledEnd: link.scheduledEnd,
    ...link.rules?.schedule,
    ...link.schedule,
  };
  const find = (name: RegExp) =>
    Object.entries(given).flatMap(([key, value]) => (name.test(key) ? (toTime(value) ?? []) : []))[0] ?? null;
  return { startsAt: find(/start|from|begin/i), endsAt: find(/end|until|expir|stop/i) };
}

function createCollector() {
  const blocks: FileBlockRow[] = [];
  const skipped: LinktreePage['skipped'] = [];
  const add = (title: string, type: BlockType, members: BlockMembers, group: number | null = null) => {
    if (blocks.length >= MAX_BLOCKS)
      return void skipped.push({ title, reason: `A page can have at most ${MAX_BLOCKS} blocks` });
    try {
      blocks.push({ ...createBlockContent(type, members), group });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      skipped.push({ title, reason: error.message });
    }
  };
  return { blocks, skipped, add };
}
type Collector = ReturnType<typeof createCollector>;

function toPlatform(type: string | null | undefined, url: string): Platform {
  const given = (type ?? '').toLowerCase();
  const name = given === 'twitter' ? 'x' : given;
  return SOCIAL_PLATFORMS.find((platform) => platform === name && isPlatformUrl(platform, url)) ?? 'website';
}

function addSocialLinks(collector: Collector, links: NonNullable<PageProps['socialLinks']>): void {
  const profiles: { platform: Platform; url: string }[] = [];
  for (const { type, url } of links) {
    const title = type ?? url ?? '';
    if (type === 'EMAIL_ADDRESS' || type === 'PHONE_NUMBER') {
      collector.add(title, type === 'EMAIL_ADDRESS' ? 'email' : 'phone', { url });
      continue;
    }
    const { reason } = url ? checkUrl('link', url) : { reason: 'The profile has no link' };
    if (reason || !url) collector.skipped.push({ title, reason: reason ?? '' });
    else if (profiles.length < MAX_PROFILES) profiles.push({ platform: toPlatform(type, url), url });
    else collector.skipped.push({ title, reason: `A block can have at most ${MAX_PROFILES} profiles` });
  }
  if (profiles.length > 0) collector.add('', 'social', { data: { profiles } });
}

/** As people read it: `COMMERCE_PAY` is "commerce pay". */
const readKind = ({ type }: LinktreeLink): string => (type ?? 'link').toLowerCase().replaceAll('_', ' ');

function describeMissingLink(link: LinktreeLink, gate: Gate | null): string {
  if (gate !== null) return 'It is behind a gate, and the file does not contain its link';
  return link.type === null || link.type === undefined || link.type === 'CLASSIC'
    ? 'The file does not contain its link'
    : `Linkgrove has no block for "${readKind(link)}", and the file contains no link for it`;
}

/** `groups` are the indexes of the groups that were added. */
function addLink(collector: Collector, link: LinktreeLink, groups: Map<string, number>): void {
  const type = toBlockType(link);
  const title = truncateLine(link.title, 128);
  const name = title ?? link.url ?? '';
  const count = collector.blocks.length;
  const gate = findGate(link);
  if (type === 'heading' || type === 'group') {
    collector.add(name, type, { title: title ?? (type === 'group' ? '…' : null), gate });
    if (type === 'group' && collector.blocks.length > count && typeof link.id === 'string')
      groups.set(link.id, count);
    return;
  }
  if (!link.url) {
    collector.skipped.push({ title: name, reason: describeMissingLink(link, gate) });
    return;
  }
  const members = { title, url: link.url, thumbnailUrl: toImageUrl(link.thumbnail), gate };
  const schedule = findSchedule(link);
  const isBackwards =
    schedule.startsAt !== null && schedule.endsAt !== null && schedule.startsAt >= schedule.endsAt;
  const hasUnreadable =
    isBackwards || ((link.schedule ?? link.rules?.schedule) && !schedule.startsAt && !schedule.endsAt);
  const group = groups.get(link.parent?.id ?? '') ?? null;
  if (!hasUnreadable) return collector.add(name, type, { ...members, ...schedule }, group);
  collector.add(name, type, { ...members, enabled: false }, group);
  collector.skipped.push({
    title: name,
    reason: 'Its schedule is not readable, so the link is switched off',
  });
}

export async function readLinktree(data: unknown): Promise<LinktreePage | undefined> {
  const { data: props } = linktreeData.safeParse(data);
  if (!props) return undefined;
  const { account } = props;
  const title = truncateName(account.pageTitle) ?? truncateName(account.username);
  const collector = createCollector();
  addSocialLinks(collector, props.socialLinks ?? []);
  const pace = createPacer();
  const groups = new Map<string, number>();
  for (const link of sortLinks(props.links)) {
    await pace();
    addLink(collector, link, groups);
  }
  return {
    page: {
      ...(title !== null && { title }),
      bio: truncateText(multiLineSchema, account.description, 256),
      avatarUrl: toImageUrl(account.profilePictureUrl),
    },
    blocks: collector.blocks,
    skipped: collector.skipped,
  };
}
