import { z } from 'zod';
import { createPacer } from '../../../core/pacing.ts';
import { checkUrl } from '../../../core/text/urls.ts';
import { type BlockType, type Gate, GATES } from '../blocks/schema.ts';
import { type MusicService } from '../blocks/types/music/schema.ts';
import {
  type Collector,
  createCollector,
  findUrlType,
  type ImportedPage,
  MAX_FOREIGN_LINKS,
  toImageUrl,
  toImportedPage,
  toLine,
  toPageName,
  toProse,
} from './collecting/content.ts';

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
  modifiers: z.object({ thumbnailUrl: text }).nullish().catch(null),
  context: z.unknown().optional(),
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
  account: z.object({
    username: text,
    pageTitle: text,
    description: text,
    profilePictureUrl: text,
    contentWarning: text,
  }),
  profilePictureUrl: text,
  contentGating: text,
  links: z.array(linktreeLink).max(MAX_FOREIGN_LINKS),
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
  const found = findUrlType(url ?? '');
  if (found !== 'link') return found;
  return type !== 'CLASSIC' && url && checkUrl('embed', url).href ? 'embed' : 'link';
}

type LinktreeGate = NonNullable<z.infer<typeof linktreeGate>>;
/** Older pages have no `activeOrder`; there, a gate that has content is active. */
const isActive = ({ activeOrder, ...kinds }: LinktreeGate): boolean =>
  activeOrder ? activeOrder.length > 0 : Object.values(kinds).some(Boolean);

type FoundGate = { gate: Gate | null; replaced?: string };
/** A kind that a page cannot have, such as a passcode, becomes a warning. */
function findGate({ gate, rules, locked }: LinktreeLink): FoundGate {
  const active = [rules?.gate, gate].find((one) => one && isActive(one));
  if (!active) return { gate: locked ? 'sensitive' : null };
  const { activeOrder, ...kinds } = active;
  const names = activeOrder ?? [...Object.keys(kinds), ...Object.values(kinds).map(String)];
  if (names.some((kind) => /age/i.test(kind))) {
    const age = /18|21|25/.exec(JSON.stringify(kinds))?.[0] ?? '18';
    return { gate: GATES.find((one) => one === `${age}+`) ?? 'sensitive' };
  }
  const other = names.find((kind) => /^[a-z_]{3,20}$/i.test(kind) && !/sensitive/i.test(kind));
  return { gate: 'sensitive', ...(activeOrder && other !== undefined && { replaced: other }) };
}

const MAX_SECONDS = 100_000_000_000;
const MAX_TIME_MS = Date.UTC(9999, 11, 31);
function toTime(value: unknown): string | null {
  if ((typeof value !== 'string' && typeof value !== 'number') || value === '') return null;
  const number = Number(value);
  const at = Number.isNaN(number) ? Date.parse(String(value)) : number * (number < MAX_SECONDS ? 1_000 : 1);
  return at > 0 && at < MAX_TIME_MS ? new Date(at).toISOString() : null;
}

type Schedule = { startsAt: string | null; endsAt: string | null };
const isGivenTime = ([name, value]: [string, unknown]): boolean =>
  !/zone|offset/i.test(name) && value !== null && value !== undefined && value !== '' && value !== false;

/** Undefined if it is not readable. The members' names differ from one year to the next. */
function findSchedule(link: LinktreeLink): Schedule | undefined {
  const given: [string, unknown][] = Object.entries({
    scheduledStart: link.scheduledStart,
    scheduledEnd: link.scheduledEnd,
    ...link.rules?.schedule,
    ...link.schedule,
  }).filter(isGivenTime);
  const find = (name: RegExp) =>
    given.flatMap(([key, value]) => (name.test(key) ? (toTime(value) ?? []) : []))[0] ?? null;
  const [startsAt, endsAt] = [find(/start|from|begin/i), find(/end|until|expir|stop/i)];
  if (startsAt === null && endsAt === null && given.length > 0) return undefined;
  return startsAt !== null && endsAt !== null && startsAt >= endsAt ? undefined : { startsAt, endsAt };
}

const EMAIL_TYPES = new Set(['EMAIL_ADDRESS', 'EMAIL']);
const PHONE_TYPES = new Set(['PHONE_NUMBER', 'PHONE', 'TELEPHONE']);

function addSocialLinks(collector: Collector, links: NonNullable<PageProps['socialLinks']>): void {
  for (const { type, url } of links) {
    const title = type ?? url ?? '';
    if (type && EMAIL_TYPES.has(type)) collector.add(title, 'email', { url });
    else if (type && PHONE_TYPES.has(type)) collector.add(title, 'phone', { url });
    else if (url) collector.addProfile(type, url);
    else collector.skip(title, 'The profile has no link');
  }
  collector.addProfileRow();
}

const MUSIC_HOSTS: [MusicService, RegExp][] = [
  ['youtube-music', /^music\.youtube\.com$/],
  ['apple-music', /^(?:geo\.)?(?:music|itunes)\.apple\.com$/],
  ['amazon-music', /^music\.amazon\.[a-z.]+$/],
  ['spotify', /^(?:open\.)?spotify\.(?:com|link)$/],
  ['deezer', /(?:^|\.)deezer\.(?:com|page\.link)$/],
  ['tidal', /(?:^|\.)tidal\.com$/],
  ['soundcloud', /(?:^|\.)soundcloud\.com$/],
  ['bandcamp', /(?:^|\.)bandcamp\.com$/],
  ['qobuz', /(?:^|\.)qobuz\.com$/],
  ['audiomack', /(?:^|\.)audiomack\.com$/],
  ['beatport', /(?:^|\.)beatport\.com$/],
  ['anghami', /(?:^|\.)anghami\.com$/],
];

function findMusicService(url: string): MusicService | undefined {
  if (!/^https?:/.test(url) || !URL.canParse(url)) return undefined;
  const { hostname } = new URL(url);
  return MUSIC_HOSTS.find(([, host]) => host.test(hostname))?.[0];
}

const MAX_CONTEXT_DEPTH = 6;
function listTexts(value: unknown, depth = 0): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null || depth > MAX_CONTEXT_DEPTH) return [];
  return Object.values(value).flatMap((member) => listTexts(member, depth + 1));
}

/** Of a release: where else it can be heard, a link per service. */
function listMusicLinks({ url, context }: LinktreeLink): { service: MusicService; url: string }[] {
  const found = new Map<MusicService, string>();
  for (const given of [url ?? '', ...listTexts(context)]) {
    const service = findMusicService(given);
    if (service && !found.has(service)) found.set(service, given);
  }
  return [...found].map(([service, link]) => ({ service, url: link }));
}

/** As people read it: `COMMERCE_PAY` is "commerce pay". */
const readKind = ({ type }: LinktreeLink): string => (type ?? 'link').toLowerCase().replaceAll('_', ' ');

function describeMissingLink(link: LinktreeLink, gate: Gate | null): string {
  if (gate !== null) return 'It is behind a gate, and the file does not contain its link';
  return link.type === null || link.type === undefined || link.type === 'CLASSIC'
    ? 'The file does not contain its link'
    : `Linkgrove has no block for "${readKind(link)}", and the file contains no link for it`;
}

const describeGateChange = (kind: string): string =>
  `It was behind "${kind.toLowerCase().replaceAll('_', ' ')}". Here visitors confirm a warning first.`;

/** `groups` are the indexes of the groups that were added. */
type Addition = { collector: Collector; link: LinktreeLink; groups: Map<string, number> };

function addSection({ collector, link, groups }: Addition, type: 'heading' | 'group'): void {
  const title = toLine(link.title);
  const { gate } = findGate(link);
  const index = collector.add(title ?? '', type, {
    title: title ?? (type === 'group' ? '…' : null),
    gate,
  });
  if (type === 'group' && index !== undefined && typeof link.id === 'string') groups.set(link.id, index);
}

function addLink(addition: Addition): void {
  const { collector, link, groups } = addition;
  const type = toBlockType(link);
  if (type === 'heading' || type === 'group') return addSection(addition, type);
  const title = toLine(link.title);
  const name = title ?? link.url ?? '';
  const { gate, replaced } = findGate(link);
  const music = /MUSIC|SONG|ALBUM|TRACK/.test(link.type ?? '') ? listMusicLinks(link) : [];
  const isRelease = music.length > 1 && title !== null;
  if (!link.url && !isRelease) return collector.skip(name, describeMissingLink(link, gate));
  const schedule = findSchedule(link);
  const thumbnail = link.thumbnail ?? link.modifiers?.thumbnailUrl;
  const members = {
    title,
    gate,
    thumbnailUrl: toImageUrl(thumbnail),
    ...(schedule ?? { enabled: false }),
  };
  const group = groups.get(link.parent?.id ?? '') ?? null;
  const index = isRelease
    ? collector.add(name, 'music', { ...members, data: { services: music } }, group)
    : collector.add(name, type, { ...members, url: link.url }, group);
  if (index === undefined) return;
  if (thumbnail?.startsWith('data:')) collector.addPicture(index, name, thumbnail);
  if (replaced !== undefined) collector.change(name, describeGateChange(replaced));
  if (schedule === undefined)
    collector.change(name, 'Its schedule is not readable, so the link is switched off');
}

const hasPageGate = ({ account, contentGating }: PageProps): boolean =>
  [contentGating, account.contentWarning].some((gate) => gate && !/^none$/i.test(gate));

export async function readLinktree(data: unknown): Promise<ImportedPage | undefined> {
  const { data: props } = linktreeData.safeParse(data);
  if (!props) return undefined;
  const { account } = props;
  const title = toPageName(account.pageTitle) ?? toPageName(account.username);
  const collector = createCollector();
  addSocialLinks(collector, props.socialLinks ?? []);
  const pace = createPacer();
  const groups = new Map<string, number>();
  for (const link of sortLinks(props.links)) {
    await pace();
    addLink({ collector, link, groups });
  }
  if (hasPageGate(props))
    collector.change(title ?? '', 'The page was behind a warning. Here each block has a gate of its own.');
  return toImportedPage(collector, {
    ...(title !== null && { title }),
    bio: toProse(account.description, 256),
    avatarUrl: collector.readAvatar(account.profilePictureUrl ?? props.profilePictureUrl),
  });
}
