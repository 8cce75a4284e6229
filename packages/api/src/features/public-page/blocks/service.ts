import type { AppCtx } from '../../../core/context.ts';
import { createPacer } from '../../../core/pacing.ts';
import type { UrlUse } from '../../../core/text/urls.ts';
import type { HostJudge } from '../../blocked-hosts/service.ts';
import { BLOCK_DEFINITIONS, type BlockType } from '../../pages/blocks/types/schema.ts';
import { type PublicBlock, publicBlockOutput } from '../schema.ts';
import type { FileFinder } from '../../files/uses/service.ts';
import type { PageReferralFinder } from '../../referrals/owner-links/service.ts';
import { DECORATIVE, toPublicPicture } from './view/policy.ts';
import { publicPicture } from './view/schema.ts';
import { BLOCK_VIEWS } from './types/content.ts';
import {
  checkStoredUrl,
  type CreateHref,
  type PublicBlockRow,
  type TargetTools,
  type ViewTools,
} from './view/content.ts';

export {
  checkStoredUrl,
  type CreateHref,
  listFileIds,
  type PublicBlockRow,
  type TargetTools,
} from './view/content.ts';

type UrlRules = { url: string; use?: UrlUse };
const getUrlRules = (type: BlockType): UrlRules => BLOCK_DEFINITIONS[type];

/** A social row may have one profile in its URL, which the view lists. */
function findBlockUrl(row: PublicBlockRow, tools: TargetTools): string | null {
  const { type, url } = row;
  if (type === 'referral') return findBlockTarget(row, tools);
  const { use } = getUrlRules(type);
  return use === undefined || type === 'social' ? null : checkStoredUrl(use, url);
}

type AnyView = {
  toData: (row: PublicBlockRow, tools: ViewTools) => unknown;
  findTarget?: (row: PublicBlockRow, index: number | undefined, tools: TargetTools) => string | null;
};
const findView = ({ type }: PublicBlockRow): AnyView | undefined =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each view gets the rows of its own type
  (BLOCK_VIEWS as Partial<Record<BlockType, unknown>>)[type] as AnyView | undefined;

/** A malformed block, which its page leaves out, has none. */
export function findBlockTarget(row: PublicBlockRow, tools: TargetTools, index?: number): string | null {
  const view = findView(row);
  try {
    if (view?.findTarget) return view.findTarget(row, index, tools);
  } catch {
    return null;
  }
  return index === undefined || index === 0 ? findBlockUrl(row, tools) : null;
}

export type BlockHrefs = {
  createHref: CreateHref;
  createFileHref: (id: string, file: string) => string | null;
  /** Another time than now, for a preview. */
  now?: number;
};

/** The data that blocks of a page are made of. */
export type BlockSources = BlockHrefs & {
  findFile: FileFinder;
  findReferral: PageReferralFinder;
  judgeHosts: HostJudge;
};

/** Straight to the targets, where nothing is counted. */
export const DIRECT_HREFS: BlockHrefs = { createHref: (_id, url) => url, createFileHref: () => null };

/** For clients that only know the address of an image. */
const findPictureUrl = (data: unknown): string | null =>
  typeof data === 'object' && data !== null && 'picture' in data
    ? (publicPicture.safeParse(data.picture).data?.url ?? null)
    : null;

const TEXT_LINK = /<a href="([^"]*)"[^>]*>(.*?)<\/a>/gs;

/** Links in texts lead straight to their targets, so visitors could not be asked first. */
const unlinkSuspicious = (data: unknown, judge: HostJudge): unknown =>
  JSON.parse(JSON.stringify(data), (name, value: unknown) =>
    name === 'html' && typeof value === 'string'
      ? value.replaceAll(TEXT_LINK, (link: string, href: string, text: string) =>
          judge(href) === undefined ? link : text,
        )
      : value,
  );

const NO_THUMBNAIL = { thumbnailUrl: null, thumbnail: null };

function toThumbnail({ thumbnailUrl, thumbnailFileId }: PublicBlockRow, findFile: FileFinder) {
  const thumbnail = thumbnailFileId === null ? null : toPublicPicture(findFile(thumbnailFileId), DECORATIVE);
  return { thumbnailUrl: thumbnail?.url ?? checkStoredUrl('image', thumbnailUrl), thumbnail };
}

function toPublicBlock(row: PublicBlockRow, hrefs: BlockSources): unknown {
  const { id, parentId, type, title, gate, pinned, layout } = row;
  const level = hrefs.judgeHosts(row);
  if (level === 'blocked') return undefined;
  const suspicious = level === 'suspicious';
  const url = findBlockUrl(row, hrefs);
  if (getUrlRules(type).url === 'required' && url === null) return undefined;
  const common = { id, parentId, type, title, pinned, layout, gate, suspicious };
  if (gate !== null)
    return { ...common, url: null, href: hrefs.createHref(id, null), ...NO_THUMBNAIL, data: null };
  const tools: ViewTools = {
    now: hrefs.now ?? Date.now(),
    createHref: (target, index) => hrefs.createHref(id, target, index) ?? target,
    createFileHref: (file) => hrefs.createFileHref(id, file),
    findFile: hrefs.findFile,
    findReferral: hrefs.findReferral,
  };
  const view = findView(row);
  const shown = view ? view.toData(row, tools) : row.data;
  if (shown === null || hrefs.judgeHosts(shown) === 'blocked') return undefined;
  const data = suspicious ? unlinkSuspicious(shown, hrefs.judgeHosts) : shown;
  const isUnlinked = type === 'image' && row.data.link === null;
  return {
    ...common,
    url: url ?? findPictureUrl(data),
    href: isUnlinked ? null : url && hrefs.createHref(id, findBlockTarget(row, hrefs)),
    ...toThumbnail(row, hrefs.findFile),
    data,
  };
}

/** Undefined if its URL is not allowed. A malformed block is logged and left out. */
export function findPublicBlockOf(
  { logger }: Pick<AppCtx, 'logger'>,
  row: PublicBlockRow,
  hrefs: BlockSources,
): PublicBlock | undefined {
  try {
    const block = toPublicBlock(row, hrefs);
    return block === undefined ? undefined : publicBlockOutput.parse(block);
  } catch (error) {
    logger.error({ err: error, blockId: row.id }, 'block left out of its page');
    return undefined;
  }
}

/** Groups are followed by their blocks, of which none is left if visitors cannot see the group or have to ask for it. */
function sortByGroup(rows: PublicBlockRow[]): PublicBlockRow[] {
  const children = Map.groupBy(rows, ({ parentId }) => parentId);
  const open = ({ id, type, gate }: PublicBlockRow) =>
    type === 'group' && gate === null ? (children.get(id) ?? []) : [];
  return (children.get(null) ?? []).flatMap((row) => [row, ...open(row)]);
}

/** Other requests get their turn while many blocks are rendered. */
export async function listPublicBlocks(
  ctx: AppCtx,
  rows: PublicBlockRow[],
  hrefs: BlockSources,
): Promise<PublicBlock[]> {
  const pace = createPacer();
  const blocks: PublicBlock[] = [];
  for (const row of sortByGroup(rows)) {
    await pace();
    const block = findPublicBlockOf(ctx, row, hrefs);
    if (block) blocks.push(block);
  }
  return blocks;
}
