import type { AppCtx } from '../../../core/context.ts';
import { createPacer } from '../../../core/pacing.ts';
import { renderMarkdown } from '../../../core/text/markdown.ts';
import { checkUrl, findEmbedPlayer, type UrlUse } from '../../../core/text/urls.ts';
import type { Platform } from '../../pages/blocks/schema.ts';
import { type PublicBlock, type PublicBlockRow, publicBlockOutput } from '../schema.ts';

export type CreateHref = (id: string, url: string | null, index?: number) => string | null;

export const createDirectHref: CreateHref = (_id, url) => url;

/** Stored URLs may be older than today's rules; null if one fails. */
export const checkStoredUrl = (use: UrlUse, url: string | null): string | null =>
  url === null ? null : (checkUrl(use, url).href ?? null);

const URL_USES = { link: 'link', image: 'image', embed: 'embed', email: 'email', phone: 'phone' } as const;
const hasOwnUrl = (row: PublicBlockRow): row is Extract<PublicBlockRow, { type: keyof typeof URL_USES }> =>
  Object.hasOwn(URL_USES, row.type);

const findBlockUrl = (row: PublicBlockRow): string | null =>
  hasOwnUrl(row) ? checkStoredUrl(URL_USES[row.type], row.url) : null;

type SocialRow = Extract<PublicBlockRow, { type: 'social' }>;

function listProfiles({ data, url }: SocialRow): { platform: Platform; url: string }[] {
  const profiles = [...data.profiles, ...(url === null ? [] : [{ platform: 'website' as const, url }])];
  return profiles.flatMap((profile) => {
    const href = checkStoredUrl('link', profile.url);
    return href === null ? [] : [{ platform: profile.platform, url: href }];
  });
}

export function findBlockTarget(row: PublicBlockRow, index = 0): string | null {
  if (row.type === 'social') return listProfiles(row)[index]?.url ?? null;
  if (index > 0) return null;
  return (row.type === 'image' ? checkStoredUrl('link', row.data.link) : null) ?? findBlockUrl(row);
}

function toPublicBlock(row: PublicBlockRow, createHref: CreateHref): PublicBlock | undefined {
  const { id, title, gate, pinned, layout } = row;
  const url = findBlockUrl(row);
  if (hasOwnUrl(row) && url === null) return undefined;
  const common = { id, title, pinned, layout };
  if (gate !== null) {
    return {
      ...common,
      gate,
      type: row.type,
      url: null,
      href: createHref(id, null),
      thumbnailUrl: null,
      data: null,
    };
  }
  return toOpenBlock(
    row,
    {
      ...common,
      gate,
      url,
      href:
        row.type === 'image' && row.data.link === null ? null : url && createHref(id, findBlockTarget(row)),
      thumbnailUrl: checkStoredUrl('image', row.thumbnailUrl),
    },
    createHref,
  );
}

/** Undefined if its URL is not allowed. A malformed block is logged and left out. */
export function findPublicBlockOf(
  { logger }: Pick<AppCtx, 'logger'>,
  row: PublicBlockRow,
  createHref: CreateHref,
): PublicBlock | undefined {
  try {
    const block = toPublicBlock(row, createHref);
    return block && publicBlockOutput.parse(block);
  } catch (error) {
    logger.error({ err: error, blockId: row.id }, 'block left out of its page');
    return undefined;
  }
}

/** Other requests get their turn while many blocks are rendered. */
export async function listPublicBlocks(
  ctx: AppCtx,
  rows: PublicBlockRow[],
  createHref: CreateHref,
): Promise<PublicBlock[]> {
  const pace = createPacer();
  const blocks: PublicBlock[] = [];
  for (const row of rows) {
    await pace();
    const block = findPublicBlockOf(ctx, row, createHref);
    if (block) blocks.push(block);
  }
  return blocks;
}

type Common = Omit<PublicBlock, 'type' | 'data'>;

function toOpenBlock(row: PublicBlockRow, common: Common, createHref: CreateHref): PublicBlock {
  switch (row.type) {
    case 'text':
      return { ...common, type: row.type, data: toFormattedText(row.data.text ?? '') };
    case 'image':
      return {
        ...common,
        type: row.type,
        data: { alt: row.data.alt, link: checkStoredUrl('link', row.data.link) },
      };
    case 'embed':
      return { ...common, type: row.type, data: { player: findEmbedPlayer(common.url ?? '') ?? '' } };
    case 'social': {
      const profiles = listProfiles(row).map((profile, index) => ({
        ...profile,
        href: createHref(row.id, profile.url, index) ?? profile.url,
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

const toFormattedText = (text: string) => ({ text, html: renderMarkdown(text) });
