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
import type { BlockContentRow } from '../blocks/queries.ts';
import { type BlockType, type Gate, GATES, type Platform, SOCIAL_PLATFORMS } from '../blocks/schema.ts';
import { isPlatformUrl, MAX_BLOCKS, MAX_PROFILES } from '../policy.ts';

// The data that a Linktree page embeds for its own script. The format is undocumented, so most of it is optional.
const text = z.string().nullish().catch(null);
const id = z.union([z.string(), z.number()]).transform(String);
/** Gates of a link. Those in `activeOrder` are active; what a gate contains differs from one kind to the next. */
const linktreeGate = z
  .looseObject({ activeOrder: z.array(z.string()).max(20) })
  .nullish()
  .catch(null);
const linktreeLink = z.object({
  id: id.nullish().catch(null),
  type: text,
  title: text,
  url: text,
  position: z.number().nullish().catch(null),
  thumbnail: text,
  parent: z.object({ id }).nullish().catch(null),
  gate: linktreeGate,
  rules: z.object({ gate: linktreeGate }).nullish().catch(null),
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
  blocks: BlockContentRow[];
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
  if (type === 'HEADER' || type === 'GROUP') return 'heading';
  if (url && /^mailto:/i.test(url)) return 'email';
  if (url && /^tel:/i.test(url)) return 'phone';
  return type !== 'CLASSIC' && url && checkUrl('embed', url).href ? 'embed' : 'link';
}

/** A kind that a page cannot have, such as a passcode, becomes a warning. */
function findGate({ gate, rules }: LinktreeLink): Gate | null {
  const active = [rules?.gate, gate].find((one) => (one?.activeOrder.length ?? 0) > 0);
  if (!active) return null;
  if (!active.activeOrder.some((kind) => /age/i.test(kind))) return 'sensitive';
  const age = /18|21|25/.exec(JSON.stringify(active['age'] ?? ''))?.[0] ?? '18';
  return GATES.find((one) => one === `${age}+`) ?? 'sensitive';
}

function createCollector() {
  const blocks: BlockContentRow[] = [];
  const skipped: LinktreePage['skipped'] = [];
  const add = (title: string, type: BlockType, members: BlockMembers) => {
    if (blocks.length >= MAX_BLOCKS)
      return void skipped.push({ title, reason: `A page can have at most ${MAX_BLOCKS} blocks` });
    try {
      blocks.push(createBlockContent(type, members));
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

function addLink(collector: Collector, link: LinktreeLink): void {
  const type = toBlockType(link);
  const title = truncateLine(link.title, 128);
  const name = title ?? link.url ?? '';
  if (type === 'heading') return collector.add(name, type, { title });
  if (!link.url) {
    collector.skipped.push({
      title: name,
      reason: 'The file does not contain its link, perhaps because it is behind a gate',
    });
    return;
  }
  collector.add(name, type, {
    title,
    url: link.url,
    thumbnailUrl: toImageUrl(link.thumbnail),
    gate: findGate(link),
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
  for (const link of sortLinks(props.links)) {
    await pace();
    addLink(collector, link);
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
