import { z } from 'zod';
import { AppError } from '../../../core/errors.ts';
import { checkUrl } from '../../../core/text/urls.ts';
import { singleLineSchema, multiLineSchema } from '../../../core/text/validation.ts';
import { type Members, createBlockContent } from '../blocks/content.ts';
import type { BlockContentRow } from '../blocks/queries.ts';
import { type BlockType, type Platform, SOCIAL_PLATFORMS } from '../blocks/schema.ts';

// The data that a Linktree page carries for its own script. It is nobody's promise, so little is asked of it.
const text = z.string().nullish().catch(null);
const id = z.union([z.string(), z.number()]).transform(String);
const link = z.object({
  id: id.nullish().catch(null),
  type: text,
  title: text,
  url: text,
  position: z.number().nullish().catch(null),
  thumbnail: text,
  parent: z.object({ id }).nullish().catch(null),
});
type Link = z.infer<typeof link>;
const pageProps = z.object({
  account: z.object({ username: text, pageTitle: text, description: text, profilePictureUrl: text }),
  links: z.array(link).max(2_000),
  socialLinks: z
    .array(z.object({ type: text, url: text }))
    .max(200)
    .nullish(),
});
type PageProps = z.infer<typeof pageProps>;

export type LinktreePage = {
  page: { title?: string; bio?: string | null; avatarUrl?: string | null };
  blocks: BlockContentRow[];
  skipped: { title: string; reason: string }[];
};

const MOST = 200;

/** As much of a text as fits; null where nothing of it can be shown. */
const fit = (shape: typeof singleLineSchema, value: string | null | undefined, max: number): string | null =>
  shape(1, max).safeParse([...(value ?? '').trim()].slice(0, max).join('')).data ?? null;
const oneLine = (value: string | null | undefined, max: number) =>
  fit(singleLineSchema, value?.replace(/\s+/g, ' '), max);
const picture = (url: string | null | undefined) => (url && checkUrl('image', url).href ? url : null);

const byPosition = (a: Link, b: Link) => (a.position ?? 0) - (b.position ?? 0);

/** Links in the order that a visitor sees, each once: those of a group stand behind it. */
function inOrder(links: Link[]): Link[] {
  const groups = new Set(links.filter(({ parent }) => !parent).map((one) => one.id));
  const children = Map.groupBy(links, ({ parent }) => parent?.id);
  const ordered = links
    .filter(({ parent }) => !parent || !groups.has(parent.id))
    .toSorted(byPosition)
    .flatMap((one) => [
      one,
      ...(typeof one.id === 'string' ? (children.get(one.id) ?? []).toSorted(byPosition) : []),
    ]);
  return [...new Set(ordered)];
}

function typeOf({ type, url }: Link): BlockType {
  if (type === 'HEADER' || type === 'GROUP') return 'heading';
  if (url && /^mailto:/i.test(url)) return 'email';
  if (url && /^tel:/i.test(url)) return 'phone';
  return type !== 'CLASSIC' && url && checkUrl('embed', url).href ? 'embed' : 'link';
}

/** Collects blocks; what a page cannot have is set aside with the reason. */
function collector() {
  const blocks: BlockContentRow[] = [];
  const skipped: LinktreePage['skipped'] = [];
  const add = (name: string, type: BlockType, members: Members) => {
    try {
      if (blocks.length >= MOST)
        throw new AppError('LIMIT_REACHED', `A page can have at most ${MOST} blocks`);
      blocks.push(createBlockContent(type, members));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      skipped.push({ title: name, reason: error.message });
    }
  };
  return { blocks, skipped, add };
}
type Collector = ReturnType<typeof collector>;

const isPlatform = (name: string): name is Platform => (SOCIAL_PLATFORMS as readonly string[]).includes(name);
function platformOf(type: string | null | undefined): Platform {
  const name = (type ?? '').toLowerCase();
  if (name === 'twitter') return 'x';
  return isPlatform(name) ? name : 'website';
}

/** The row of icons: one block of profiles, and blocks of their own for addresses and numbers. */
function addSocial(to: Collector, links: NonNullable<PageProps['socialLinks']>): void {
  const profiles: { platform: Platform; url: string }[] = [];
  for (const { type, url } of links) {
    const name = type ?? url ?? '';
    if (type === 'EMAIL_ADDRESS' || type === 'PHONE_NUMBER') {
      to.add(name, type === 'EMAIL_ADDRESS' ? 'email' : 'phone', { url });
      continue;
    }
    const { reason } = url ? checkUrl('link', url) : { reason: 'It has no address' };
    if (reason || !url) to.skipped.push({ title: name, reason: reason ?? '' });
    else if (profiles.length < 30) profiles.push({ platform: platformOf(type), url });
    else to.skipped.push({ title: name, reason: 'A row can have at most 30 profiles' });
  }
  if (profiles.length > 0) to.add('', 'social', { data: { profiles } });
}

function addLink(to: Collector, link: Link): void {
  const type = typeOf(link);
  const title = oneLine(link.title, 128);
  const name = title ?? link.url ?? '';
  if (type === 'heading') return to.add(name, type, { title });
  if (!link.url) {
    to.skipped.push({ title: name, reason: 'Its address is not in the file; it may be behind a gate' });
    return;
  }
  to.add(name, type, { title, url: link.url, thumbnailUrl: picture(link.thumbnail) });
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

/** Reads the data of a Linktree page, whole or the part with the account; undefined if it is something else. */
export function readLinktree(data: unknown): LinktreePage | undefined {
  const inside = memberOf(memberOf(data, 'props'), 'pageProps') ?? memberOf(data, 'pageProps') ?? data;
  const { data: props } = pageProps.safeParse(inside);
  if (!props) return undefined;
  const { account } = props;
  const title = oneLine(account.pageTitle, 128) ?? oneLine(account.username, 128);
  const to = collector();
  addSocial(to, props.socialLinks ?? []);
  for (const link of inOrder(props.links)) addLink(to, link);
  return {
    page: {
      ...(title !== null && { title }),
      bio: fit(multiLineSchema, account.description, 256),
      avatarUrl: picture(account.profilePictureUrl),
    },
    blocks: to.blocks,
    skipped: to.skipped,
  };
}
