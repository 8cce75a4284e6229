import { createHash, randomInt } from 'node:crypto';
import type { ShownTitle, Visitor } from '../../../core/capture/capture.ts';
import type { AppCtx } from '../../../core/context.ts';
import { canonicalizeAddress } from '../../../core/http/client-address.ts';
import { isPrivacyRequested } from '../../analytics/capture/service.ts';
import { findVisitorSalt, hashVisitor } from '../../analytics/visitors/service.ts';
import type { TitleTest } from '../../pages/blocks/title-tests/service.ts';
import { checkStoredUrl, type PublicBlockRow } from '../blocks/service.ts';
import type { PublicBlock, PublicPage } from '../schema.ts';

const VISITOR_BYTES = 16;

export type TestedBlock = { id: string; test: TitleTest };

export const listTestedBlocks = (rows: PublicBlockRow[]): TestedBlock[] =>
  rows.flatMap(({ id, titleTest }) => (titleTest === null ? [] : [{ id, test: titleTest }]));

const hashToPercent = (text: string): number =>
  createHash('sha256').update(text).digest().readUInt32BE() % 100;

/**
 * The same for a visitor all day, without a cookie. For those who ask not to be recognised it is chosen anew for each view, or,
 * if a later click could not tell what was shown, not at all.
 */
export async function assignTitles(
  ctx: Pick<AppCtx, 'db' | 'cache'>,
  { visitor, pageId, canRandomize }: { visitor: Visitor; pageId: string; canRandomize: boolean },
  blocks: TestedBlock[],
): Promise<ShownTitle[]> {
  if (blocks.length === 0) return [];
  const { headers, ip } = visitor;
  const isPrivate = isPrivacyRequested(headers);
  if (isPrivate && !canRandomize) return [];
  const hash = isPrivate
    ? undefined
    : hashVisitor(await findVisitorSalt(ctx, Date.now()), {
        subjectId: pageId,
        address: canonicalizeAddress(ip),
        userAgent: String(headers['user-agent'] ?? ''),
        bytes: VISITOR_BYTES,
      });
  return blocks.map(({ id, test }) => {
    const percent = hash === undefined ? randomInt(100) : hashToPercent(`${test.id} ${hash}`);
    return { blockId: id, testId: test.id, variant: percent < test.share ? 'b' : 'a' };
  });
}

/** The address tells which title was clicked. */
const addVariant = (href: string | null, variant: string): string | null =>
  href === null ? null : `${href}${href.includes('?') ? '&' : '?'}variant=${variant}`;

function applyTitle(block: PublicBlock, blocks: TestedBlock[], titles: ShownTitle[]): PublicBlock {
  const shown = titles.find(({ blockId }) => blockId === block.id);
  const tested = blocks.find(({ id }) => id === block.id);
  if (!shown || !tested) return block;
  const href = addVariant(block.href, shown.variant);
  if (shown.variant === 'a') return { ...block, href };
  const { title, thumbnailUrl } = tested.test;
  const picture =
    thumbnailUrl === null || block.data === null
      ? {}
      : { thumbnailUrl: checkStoredUrl('image', thumbnailUrl), thumbnail: null };
  return { ...block, title, ...picture, href };
}

export const applyTitles = (page: PublicPage, blocks: TestedBlock[], titles: ShownTitle[]): PublicPage =>
  titles.length === 0
    ? page
    : { ...page, blocks: page.blocks.map((block) => applyTitle(block, blocks, titles)) };

/** As applied to nobody in particular, with addresses that are not counted. */
export const previewTitles = (
  page: PublicPage,
  blocks: TestedBlock[],
  variant: ShownTitle['variant'],
): PublicPage => {
  const titles = blocks.map(({ id, test }) => ({ blockId: id, testId: test.id, variant }));
  const hrefs = new Map(page.blocks.map(({ id, href }) => [id, href]));
  const shown = applyTitles(page, blocks, titles);
  return { ...shown, blocks: shown.blocks.map((block) => ({ ...block, href: hrefs.get(block.id) ?? null })) };
};
