import { withTransaction } from '@linkgrove/db';
import type { AppCtx } from '../../../core/context.ts';
import { UNVERIFIED_PLACE_DAYS } from './policy.ts';
import * as queries from './queries.ts';

const PLACES_BATCH = 1_000;

/** Scheduled job. */
export async function returnLinkPlaces(ctx: AppCtx): Promise<void> {
  const batch = { days: UNVERIFIED_PLACE_DAYS, limit: PLACES_BATCH };
  let returned: number;
  do {
    returned = await withTransaction(ctx, ({ db }) => queries.returnUnusedPlaces(db, batch));
  } while (returned === PLACES_BATCH);
}
