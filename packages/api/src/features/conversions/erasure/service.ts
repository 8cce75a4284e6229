import { withTransaction } from '@linkgrove/db';
import type { AppCtx } from '../../../core/context.ts';
import * as queries from './queries.ts';

const ERASURE_BATCH = 2_000;
/** Other scheduled jobs wait for the same worker. */
const MAX_RUN_MS = 60_000;

type Step = (typeof queries.ERASURE_STEPS)[number];

const eraseBatch = (ctx: AppCtx, step: Step, workspaceId: string): Promise<number> =>
  withTransaction(ctx, async ({ db }) => {
    await queries.startErasure(db);
    return queries.deleteProgrammeRows(db, step, { workspaceId, limit: ERASURE_BATCH });
  });

/** Scheduled job: deletes the campaigns, people and conversions of workspaces that are gone, in batches that each commit. */
export async function eraseProgrammes(ctx: AppCtx): Promise<void> {
  const end = performance.now() + MAX_RUN_MS;
  for (
    let id = await queries.findLostWorkspaceId(ctx.db);
    id !== undefined;
    id = await queries.findLostWorkspaceId(ctx.db)
  ) {
    for (const step of queries.ERASURE_STEPS) {
      while ((await eraseBatch(ctx, step, id)) === ERASURE_BATCH && performance.now() < end);
      if (performance.now() > end) return;
    }
  }
}
