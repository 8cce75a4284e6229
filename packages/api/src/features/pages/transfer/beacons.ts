import { z } from 'zod';
import { createPacer } from '../../../core/pacing.ts';
import { tryParseJson } from '../../../core/text/json.ts';
import { checkUrl } from '../../../core/text/urls.ts';
import { addBeaconsBlocks, type BeaconsData, findBeaconsData, isForeign } from './beacons-data/content.ts';
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
import { parseDocument } from './documents/content.ts';
import { findEmbeddedJson, readStream, readStreamPart } from './embedded/content.ts';

// A saved Beacons page: the data for its own script, or else what it tells search engines, and its links.

const MARK = /https:\/\/(?:www\.|cdn\.)?beacons\.ai\//;
export const isBeaconsPage = (html: string): boolean => MARK.test(html);

const DESCRIPTION_END = /Featured links:|Email signup|Shop featured/;
const GENERIC_DESCRIPTION = /^@\S+ \|| Check out my links|'s Website$|make your own/i;
const TITLE_END = /\s*(?:[|–-]\s*(?:Link in Bio.*|Beacons(?:\.ai)?)|on Beacons(?:\.ai)?)\s*/gi;

const text = z.string().nullish().catch(null);
const profile = z.object({
  name: text,
  image: text,
  description: text,
  identifier: text,
  sameAs: z.array(z.string()).max(200).catch([]),
});
type Profile = Partial<z.infer<typeof profile>>;

type Anchor = { url: string; text: string; label: string; picture: string | null };
type Found = {
  meta: Map<string, string>;
  /** JSON-LD. */
  scripts: string[];
  /** Parts of the data. */
  stream: string[];
  anchors: Anchor[];
  frames: string[];
  hasForm: boolean;
};

const readLabel = (attributes: Record<string, string>): string =>
  attributes['aria-label'] ?? attributes['title'] ?? '';

async function findParts(html: string, pace: () => Promise<void>): Promise<Found | undefined> {
  const found: Found = { meta: new Map(), scripts: [], stream: [], anchors: [], frames: [], hasForm: false };
  let anchor: Anchor | undefined;
  let script: string | undefined;
  let isAbout = false;
  let styles = 0;
  const openers: Record<string, (attributes: Record<string, string>) => void> = {
    meta: ({ property, name, content = '' }) => void found.meta.set(property ?? name ?? '', content),
    script: ({ type }) => {
      script = '';
      isAbout = type === 'application/ld+json';
      styles += 1;
    },
    style: () => (styles += 1),
    a: (attributes) => {
      anchor = { url: attributes['href'] ?? '', text: '', label: readLabel(attributes), picture: null };
      found.anchors.push(anchor);
    },
    img: ({ src, alt = '' }) => {
      if (!anchor) return;
      anchor.label ||= alt;
      anchor.picture ??= src ?? null;
    },
    iframe: ({ src }) => src !== undefined && found.frames.push(src),
    input: ({ placeholder = '', type }) => {
      found.hasForm ||= type === 'email' || /e-?mail/i.test(placeholder);
    },
  };
  const isRead = await parseDocument(
    html,
    {
      onopentag: (name, attributes) => {
        if (Object.hasOwn(openers, name)) openers[name]?.(attributes);
      },
      ontext: (piece) => {
        if (script !== undefined) script += piece;
        else if (styles === 0 && anchor) anchor.text += piece;
      },
      onclosetag: (name) => {
        if (name === 'script' || name === 'style') styles -= 1;
        if (name === 'script' && script !== undefined) {
          if (isAbout) found.scripts.push(script);
          else found.stream.push(readStreamPart(script));
          script = undefined;
        }
        if (name === 'a') anchor = undefined;
      },
    },
    pace,
  );
  return isRead ? found : undefined;
}

const readProfile = ({ scripts }: Found): Profile =>
  scripts.map((script) => profile.safeParse(tryParseJson(script)).data).find(Boolean) ?? {};

function findBio({ meta }: Found, { description }: Profile): string | null {
  const given = description ?? meta.get('og:description') ?? meta.get('description') ?? '';
  const [bio = ''] = given.split(DESCRIPTION_END);
  return GENERIC_DESCRIPTION.test(bio) ? null : toProse(bio.replaceAll('##', ' '), 256);
}

function addAnchors(collector: Collector, anchors: Anchor[], profiles: Set<string>): void {
  const added = new Set<string>();
  for (const { url, text: shown, label, picture } of anchors) {
    const title = toLine(shown) ?? toLine(label);
    // A profile is an icon above the links, and may be a link as well.
    const isIcon = profiles.has(url) && toLine(shown) === null;
    if (isIcon || !isForeign(url) || added.has(`${url} ${title}`)) continue;
    added.add(`${url} ${title}`);
    const type = findUrlType(url);
    const index = collector.add(title ?? url, type, { title, url, thumbnailUrl: toImageUrl(picture) });
    if (index !== undefined && picture?.startsWith('data:'))
      collector.addPicture(index, title ?? url, picture);
  }
}

function addFrames(collector: Collector, frames: string[]): void {
  for (const url of frames) {
    if (!isForeign(url)) continue;
    if (checkUrl('embed', url).href) collector.add(url, 'embed', { url });
    else collector.skip(url, 'Pages cannot show this player. Add a link to it instead.');
  }
}

async function addVisibleParts(
  collector: Collector,
  found: Found,
  { profiles, pace }: { profiles: string[]; pace: () => Promise<void> },
): Promise<void> {
  for (const url of profiles) collector.addProfile(null, url);
  collector.addProfileRow();
  await pace();
  addAnchors(collector, found.anchors, new Set(profiles));
  addFrames(collector, found.frames);
  if (found.hasForm)
    collector.skip(
      'Sign-up form',
      'Who signs up goes to Beacons. Add a form block to ask for addresses here.',
    );
}

const findHeader = (data: BeaconsData | undefined) =>
  data?.blocks.find(({ block_type: type }) => type === 'header');

/** Undefined if there are no links, or too many. */
export async function readBeacons(html: string): Promise<ImportedPage | undefined> {
  const pace = createPacer();
  const found = await findParts(html, pace);
  if (!found || found.anchors.length > MAX_FOREIGN_LINKS) return undefined;
  const about = readProfile(found);
  const collector = createCollector();
  await pace();
  const data = await findBeaconsData(readStream(found.stream.join('')), findEmbeddedJson(html), pace);
  if (data) await addBeaconsBlocks(collector, data, pace);
  else await addVisibleParts(collector, found, { profiles: about.sameAs ?? [], pace });
  if (collector.blocks.length + collector.skipped.length === 0) return undefined;
  const header = findHeader(data);
  const title =
    toPageName(header?.nickname) ??
    toPageName((about.name ?? found.meta.get('og:title'))?.replaceAll(TITLE_END, '')) ??
    toPageName(data?.username);
  return toImportedPage(collector, {
    ...(title !== null && { title }),
    bio: toProse(header?.header_bio, 256) ?? findBio(found, about),
    avatarUrl: collector.readAvatar(data?.avatarUrl ?? about.image ?? found.meta.get('og:image')),
  });
}
