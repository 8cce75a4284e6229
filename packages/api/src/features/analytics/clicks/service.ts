import type { DbCtx } from '../../../core/context.ts';
import { publishEventsFrom } from '../../events/service.ts';
import type { AnalyticsEvent } from '../schema.ts';
import { clickEventsQuery } from './queries.ts';

/** Publishes the clicks of a batch, in its transaction. */
export async function publishClicks(ctx: DbCtx, events: AnalyticsEvent[]): Promise<void> {
  const clicks = events.filter(({ blockId }) => blockId !== null);
  if (clicks.length > 0) await publishEventsFrom(ctx, 'block.clicked', clickEventsQuery(clicks));
}
