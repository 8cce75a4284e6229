import type { MemberCtx, TrxCtx } from '../../../core/context.ts';
import { AppError } from '../../../core/errors.ts';
import { getBlock } from '../../pages/blocks/service.ts';
import { pickTitle, type TitleVariant } from '../../pages/blocks/title-tests/service.ts';
import type { AnalyticsEvent } from '../schema.ts';
import { judgeTitles } from './policy.ts';
import { addTitleCounts, listTitleCounts, type TitleCount } from './queries.ts';
import type { TitleTestResult } from './schema.ts';

/** In the transaction of the events' batch, so that they are counted once. */
export async function countTitles(ctx: TrxCtx, events: AnalyticsEvent[]): Promise<void> {
  const counts = new Map<string, TitleCount>();
  for (const { blockId: clicked, titles = [] } of events)
    for (const { blockId, testId, variant } of titles) {
      const key = `${blockId} ${testId} ${variant}`;
      const count = counts.get(key) ?? { blockId, testId, variant, views: 0, clicks: 0 };
      if (clicked === null) count.views += 1;
      else count.clicks += 1;
      counts.set(key, count);
    }
  if (counts.size > 0) await addTitleCounts(ctx.db, [...counts.values()]);
}

const VARIANTS: TitleVariant[] = ['a', 'b'];

/** Returns the result of the test that the block has now. Throws `NOT_FOUND`. */
export async function getTitleTestResult(ctx: MemberCtx, { id }: { id: string }): Promise<TitleTestResult> {
  const block = await getBlock({ ...ctx, setEtag: () => {} }, { id });
  const test = block.titleTest;
  if (test === null) throw new AppError('NOT_FOUND', 'The block has no test of titles');
  const rows = await listTitleCounts(ctx.db, id, test.id);
  const counts = (variant: TitleVariant) => {
    const row = rows.find((one) => one.variant === variant);
    return { views: row?.views ?? 0, clicks: row?.clicks ?? 0 };
  };
  const variants = VARIANTS.map((variant) => {
    const { views, clicks } = counts(variant);
    return {
      variant,
      ...pickTitle(block, test, variant),
      share: variant === 'b' ? test.share : 100 - test.share,
      views,
      clicks,
      ctr: views === 0 ? 0 : clicks / views,
    };
  });
  const times = rows.map(({ firstAt }) => firstAt.getTime());
  return {
    id: test.id,
    firstViewAt: times.length === 0 ? null : new Date(Math.min(...times)).toISOString(),
    variants,
    ...judgeTitles(counts('a'), counts('b')),
  };
}
