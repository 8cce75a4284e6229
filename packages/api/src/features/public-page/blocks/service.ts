import { renderMarkdown } from '../../../core/text/markdown.ts';
import { checkUrl, findEmbedPlayer, type UrlUse } from '../../../core/text/urls.ts';
import type { Platform } from '../../pages/blocks/schema.ts';
import type { PublicBlock } from '../schema.ts';
import type { PublicBlockRow } from './schema.ts';

/** Where links point: from the id of a block, the address they lead to, and its place among several. */
export type HrefOf = (id: string, url: string | null, place?: number) => string | null;

/** An address as it may be shown or led to; null for one that would not be stored today. */
export const checkStoredUrl = (use: UrlUse, url: string | null): string | null =>
  url === null ? null : (checkUrl(use, url).href ?? null);

const USES = { link: 'link', image: 'image', embed: 'embed', email: 'email', phone: 'phone' } as const;
const isAddressed = (row: PublicBlockRow): row is Extract<PublicBlockRow, { type: keyof typeof USES }> =>
  Object.hasOwn(USES, row.type);

/** The address that a block is about; null where it has none, or none that is allowed. */
const addressOf = (row: PublicBlockRow): string | null =>
  isAddressed(row) ? checkStoredUrl(USES[row.type], row.url) : null;

/** The profiles of a social row, its own address last. */
function profilesOf({
  data,
  url,
}: Extract<PublicBlockRow, { type: 'social' }>): { platform: Platform; url: string }[] {
  const given = [...data.profiles, ...(url === null ? [] : [{ platform: 'website' as const, url }])];
  return given.flatMap((profile) => {
    const href = checkStoredUrl('link', profile.url);
    return href === null ? [] : [{ platform: profile.platform, url: href }];
  });
}

/** Where a block leads, at its `place` if it has several addresses; null if it leads nowhere. */
export function findBlockTarget(row: PublicBlockRow, place = 0): string | null {
  if (row.type === 'social') return profilesOf(row)[place]?.url ?? null;
  if (place > 0) return null;
  return (row.type === 'image' ? checkStoredUrl('link', row.data.link) : null) ?? addressOf(row);
}

/** A block as visitors see it; undefined where its address may not be shown. */
export function toPublicBlock(row: PublicBlockRow, hrefOf: HrefOf): PublicBlock | undefined {
  const { id, title, gate, pinned, layout } = row;
  const url = addressOf(row);
  if (isAddressed(row) && url === null) return undefined;
  const common = { id, title, pinned, layout };
  if (gate !== null) {
    return {
      ...common,
      gate,
      type: row.type,
      url: null,
      href: hrefOf(id, null),
      thumbnailUrl: null,
      data: null,
    };
  }
  return released(
    row,
    {
      ...common,
      gate,
      url,
      href: row.type === 'image' && row.data.link === null ? null : url && hrefOf(id, findBlockTarget(row)),
      thumbnailUrl: checkStoredUrl('image', row.thumbnailUrl),
    },
    hrefOf,
  );
}

type Common = Omit<PublicBlock, 'type' | 'data'>;

/** A block with all that it holds, by its type. */
function released(row: PublicBlockRow, common: Common, hrefOf: HrefOf): PublicBlock {
  switch (row.type) {
    case 'text':
      return { ...common, type: row.type, data: textOf(row.data.text ?? '') };
    case 'image':
      return {
        ...common,
        type: row.type,
        data: { alt: row.data.alt, link: checkStoredUrl('link', row.data.link) },
      };
    case 'embed':
      return { ...common, type: row.type, data: { player: findEmbedPlayer(common.url ?? '') ?? '' } };
    case 'social': {
      const profiles = profilesOf(row).map((profile, place) => ({
        ...profile,
        href: hrefOf(row.id, profile.url, place) ?? profile.url,
      }));
      return { ...common, type: row.type, data: { profiles } };
    }
    case 'link':
      return { ...common, type: row.type, data: row.data };
    case 'heading':
    case 'email':
    case 'phone':
      return { ...common, type: row.type, data: {} };
  }
}

const textOf = (text: string) => ({ text, html: renderMarkdown(text) });
