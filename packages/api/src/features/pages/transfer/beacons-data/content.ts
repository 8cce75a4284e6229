import { z } from 'zod';
import { checkUrl } from '../../../../core/text/urls.ts';
import type { BlockMembers } from '../../blocks/content.ts';
import {
  type Collector,
  findUrlType,
  MAX_FOREIGN_LINKS,
  toCompleteUrl,
  toImageUrl,
  toLine,
  toProse,
} from '../collecting/content.ts';
import { type EmbeddedData, findObject } from '../embedded/content.ts';

// The data that a Beacons page embeds for its own script. The format is undocumented, so everything is optional.

const text = z.string().nullish().catch(null);
/** One that is malformed does not take the others with it. */
const listOf = <S extends z.ZodType>(schema: S) =>
  z
    .array(z.unknown())
    .max(MAX_FOREIGN_LINKS)
    .catch([])
    .transform((items) => items.flatMap((item) => schema.safeParse(item).data ?? []));

const beaconsLink = z.object({
  title: text,
  subtitle: text,
  url: text,
  picture: text,
  display: z.unknown().optional(),
});
const beaconsBlock = z.object({
  block_type: z.string(),
  display: z.unknown().optional(),
  title: text,
  headline: text,
  description: text,
  collapse_style: text,
  nickname: text,
  header_bio: text,
  header_location: text,
  header_banner_image: text,
  social_array: listOf(z.object({ platform: z.string(), value: z.string() })),
  social_links: z.record(z.string(), z.unknown()).catch({}),
  links: listOf(beaconsLink),
  images: listOf(z.object({ source: z.string(), url: text })),
  videos: listOf(z.object({ url: z.string(), title: text })),
  music_urls: listOf(z.object({ url: z.string() })),
  social_urls: listOf(z.object({ url: z.string() })),
  integration_url: text,
  store_items: listOf(z.object({ title: text })),
});
type BeaconsBlock = z.infer<typeof beaconsBlock>;
const beaconsProfile = z.looseObject({
  beacons_username: text,
  profile_picture_url: text,
  page_layout: listOf(z.object({ block_id: z.string() })),
});

export type BeaconsData = { username: string | null; avatarUrl: string | null; blocks: BeaconsBlock[] };

/** In the order of the page, each once. */
async function readBlocks(
  { page_layout: layout, ...profile }: z.infer<typeof beaconsProfile>,
  pace: () => Promise<void>,
): Promise<BeaconsBlock[]> {
  const blocks: BeaconsBlock[] = [];
  for (const id of new Set(layout.map(({ block_id }) => block_id))) {
    await pace();
    const { data: block } = beaconsBlock.safeParse(Object.hasOwn(profile, id) ? profile[id] : undefined);
    if (block) blocks.push(block);
  }
  return blocks;
}

/** From the stream of a page, or from the JSON of an older one. Undefined if there is none. */
export async function findBeaconsData(
  { rows, texts }: EmbeddedData,
  json: string | undefined,
  pace: () => Promise<void>,
): Promise<BeaconsData | undefined> {
  const members = ['page_layout', 'beacons_username'];
  const sources = [...rows.map((row) => ({ json: row, texts })), ...(json === undefined ? [] : [{ json }])];
  for (const { json: source, ...rest } of sources) {
    await pace();
    const { data: profile } = beaconsProfile.safeParse(findObject(source, { members, ...rest }));
    if (!profile) continue;
    return {
      username: profile.beacons_username ?? null,
      avatarUrl: profile.profile_picture_url ?? null,
      blocks: await readBlocks(profile, pace),
    };
  }
  return undefined;
}

/** Where the handles of a platform lead. */
const PROFILE_BASES: Record<string, string> = {
  instagram: 'instagram.com/',
  tiktok: 'tiktok.com/@',
  youtube: 'youtube.com/',
  twitter: 'x.com/',
  facebook: 'facebook.com/',
  twitch: 'twitch.tv/',
  snapchat: 'snapchat.com/add/',
  pinterest: 'pinterest.com/',
  soundcloud: 'soundcloud.com/',
  vimeo: 'vimeo.com/',
  reddit: 'reddit.com/',
  patreon: 'patreon.com/',
  whatsapp: 'wa.me/',
  linkedin: 'linkedin.com/in/',
  github: 'github.com/',
  gitlab: 'gitlab.com/',
  deezer: 'deezer.com/',
};

function toProfileUrl(platform: string, value: string): string | undefined {
  if (value.includes('/')) return toCompleteUrl(value);
  const base = Object.hasOwn(PROFILE_BASES, platform) ? PROFILE_BASES[platform] : undefined;
  if (base === undefined) return undefined;
  if (platform === 'whatsapp') return `https://${base}${value.replaceAll(/\D/g, '')}`;
  return `https://${base}${platform === 'youtube' ? value : value.replace(/^@/, '')}`;
}

function addProfiles(
  collector: Collector,
  { social_array: listed, social_links: named }: BeaconsBlock,
): void {
  const given =
    listed.length > 0
      ? listed
      : Object.entries(named).flatMap(([platform, value]) =>
          typeof value === 'string' ? { platform, value } : [],
        );
  for (const { platform, value: untrimmed } of given) {
    const value = untrimmed.trim();
    if (value === '') continue;
    const url = platform === 'email' ? `mailto:${value}` : toProfileUrl(platform, value);
    if (platform === 'email') collector.add(value, 'email', { url: url ?? null });
    else if (url !== undefined) collector.addProfile(platform, url);
    else collector.skip(platform, 'The file does not say at which address the profile is');
  }
  collector.addProfileRow();
}

const OWN_HOST = /(?:^|\.)beacons\.(?:ai|page)$/;
const isWebAddress = (url: string): boolean => /^https?:/i.test(url) && URL.canParse(url);
const isOwn = (url: string): boolean => isWebAddress(url) && OWN_HOST.test(new URL(url).hostname);
export const isForeign = (url: string): boolean =>
  findUrlType(url) !== 'link' || (isWebAddress(url) && !isOwn(url));

type Part = { collector: Collector; block: BeaconsBlock; pace: () => Promise<void> };
/** A block that the page does not show is imported switched off. */
const isShown = ({ display }: { display?: unknown }): boolean => display !== false;

function addText({ collector, block }: Part, group: number | null = null): void {
  const description = toProse(block.description, 2_000);
  if (description !== null)
    collector.add(description, 'text', { data: { text: description }, enabled: isShown(block) }, group);
}

function addTitle({ collector, block }: Part, title: string | null | undefined): void {
  const line = toLine(title);
  if (line !== null) collector.add(line, 'heading', { title: line, enabled: isShown(block) });
}

async function addLinks(part: Part): Promise<void> {
  const { collector, block, pace } = part;
  const headline = toLine(block.headline);
  const isFolded = block.collapse_style === 'collapsed' && block.links.length > 0;
  if (!isFolded) addTitle(part, headline);
  const folder = {
    title: headline ?? '…',
    enabled: isShown(block),
    data: { collapsible: true, open: false },
  };
  const group = isFolded ? (collector.add(folder.title, 'group', folder) ?? null) : null;
  addText(part, group);
  for (const link of block.links) {
    await pace();
    const { url, picture } = link;
    const title = toLine(link.title);
    const name = title ?? url ?? '';
    if (!url) collector.skip(name, 'The file does not contain its link');
    else if (isOwn(url)) collector.skip(name, 'It leads to Beacons');
    else {
      const type = findUrlType(url);
      const description = type === 'link' ? toLine(link.subtitle, 280) : null;
      const members: BlockMembers = {
        title,
        url,
        enabled: isShown(block) && isShown(link),
        thumbnailUrl: toImageUrl(/^https?:/i.test(picture ?? '') ? picture : null),
        ...(description !== null && { data: { description } }),
      };
      const index = collector.add(name, type, members, group);
      if (index !== undefined && picture?.startsWith('data:')) collector.addPicture(index, name, picture);
    }
  }
}

async function addPlayers(
  part: Part,
  players: { url: string; title?: string | null | undefined }[],
): Promise<void> {
  const { collector, block, pace } = part;
  addTitle(part, block.headline);
  addText(part);
  for (const { url, title } of players) {
    await pace();
    const type = checkUrl('embed', url).href ? 'embed' : 'link';
    collector.add(url, type, { url, title: toLine(title), enabled: isShown(block) });
  }
}

function addImages({ collector, block }: Part): void {
  for (const { source, url } of block.images) {
    const link = url && isForeign(url) ? { link: url } : {};
    collector.add(source, 'image', { url: source, data: link, enabled: isShown(block) });
  }
}

const SKIP_REASONS: Record<string, string> = {
  email: 'Who signs up goes to Beacons. Add a form block to ask for addresses here.',
  support: 'Money goes through Beacons. Add a support block with a link of your own.',
  booking: 'Beacons keeps the appointments. Add a link to your own calendar.',
};

function skipBlock({ collector, block }: Part): void {
  if (!isShown(block)) return;
  const { block_type: type } = block;
  const title = toLine(block.title ?? block.headline) ?? type;
  if (type !== 'store')
    return collector.skip(title, SKIP_REASONS[type] ?? `Linkgrove has no block for "${type}"`);
  for (const item of block.store_items)
    collector.skip(
      toLine(item.title) ?? type,
      'Beacons sells it, so there is no link to it. Add a product block for your own shop.',
    );
}

function skipHeaderParts({ collector, block }: Part): void {
  const place = toLine(block.header_location);
  if (place !== null)
    collector.skip(place, 'A page has no place. Write it into the bio, or add a map block.');
  if (block.header_banner_image)
    collector.skip('Banner', 'The picture above the page stays there. Upload it as the cover of the page.');
}

function addSpacer({ collector, block }: Part): void {
  collector.add('', 'divider', { data: { style: 'space' }, enabled: isShown(block) });
}

async function addBlock(part: Part): Promise<void> {
  const { collector, block } = part;
  switch (block.block_type) {
    case 'header':
      addProfiles(collector, block);
      return skipHeaderParts(part);
    case 'links':
      return addLinks(part);
    case 'text':
      addTitle(part, block.title);
      return addText(part);
    case 'images':
      return addImages(part);
    case 'videos':
      return addPlayers(part, block.videos);
    case 'music':
      return addPlayers(part, block.music_urls);
    case 'social':
      return addPlayers(part, block.social_urls);
    case 'integrations':
      return addPlayers(part, block.integration_url ? [{ url: block.integration_url }] : []);
    case 'spacer':
      return addSpacer(part);
    default:
      return skipBlock(part);
  }
}

export async function addBeaconsBlocks(
  collector: Collector,
  { blocks }: BeaconsData,
  pace: () => Promise<void>,
): Promise<void> {
  for (const block of blocks) {
    await pace();
    await addBlock({ collector, block, pace });
  }
}
