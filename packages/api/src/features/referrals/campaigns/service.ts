import { isUniqueViolation, type Page, toPage, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import { forget } from '../../../core/caches.ts';
import type { AppCtx, UserCtx } from '../../../core/context.ts';
import { AppError } from '../../../core/errors.ts';
import { newId } from '../../../core/ids.ts';
import { cursorToId } from '../../../core/pagination.ts';
import { recordEvent } from '../../security-events/service.ts';
import * as queries from './queries.ts';
import type { Campaign, CampaignVersion, createInput, publishInput, versionsInput } from './schema.ts';

// One campaign runs at a time, so its cache has one key.
const RUNNING = 'running';

/** The campaign that runs, with the terms that newcomers sign up under; cached for a moment. */
export const getRunning = (ctx: AppCtx): Promise<queries.CampaignRow> =>
  ctx.cache<queries.CampaignRow>('campaigns').get(RUNNING, () => queries.findRunning(ctx.db));

/** The milestones of a version, and the campaign it belongs to. */
export const getMilestones = (ctx: { db: AppCtx['db'] }, versionId: string) =>
  queries.findMilestones(ctx.db, versionId);

const toCampaign = (row: queries.CampaignRow): Campaign => {
  const { id, name, version, createdAt, startedAt, endedAt, versionId: _, ...terms } = row;
  return {
    id,
    name,
    state: endedAt ? 'ended' : startedAt ? 'running' : 'draft',
    version,
    terms,
    createdAt: createdAt.toISOString(),
    startedAt: startedAt?.toISOString() ?? null,
    endedAt: endedAt?.toISOString() ?? null,
  };
};

/** All campaigns, newest first. */
export async function list(
  ctx: AppCtx,
  input: { limit: number; cursor?: string | undefined },
): Promise<Page<Campaign>> {
  const before = cursorToId(input.cursor);
  const rows = await queries.listCampaigns(ctx.db, { before, limit: input.limit });
  return toPage(rows.map(toCampaign), input.limit);
}

async function get(ctx: { db: AppCtx['db'] }, id: string): Promise<Campaign> {
  const row = await queries.findCampaign(ctx.db, id);
  if (!row) throw new AppError('NOT_FOUND', 'There is no such campaign');
  return toCampaign(row);
}

/** The versions of a campaign with their terms, newest first. Throws `NOT_FOUND`. */
export async function listVersions(
  ctx: AppCtx,
  { id, limit, cursor }: z.infer<typeof versionsInput>,
): Promise<Page<CampaignVersion>> {
  await get(ctx, id);
  const rows = await queries.listVersions(ctx.db, { campaignId: id, before: cursorToId(cursor), limit });
  return toPage(
    rows.map(({ id, version, publishedAt, ...terms }) => ({
      id,
      version,
      terms,
      publishedAt: publishedAt.toISOString(),
    })),
    limit,
  );
}

/** Drafts a campaign, which promises nothing to anybody until it is started. */
export async function create(ctx: UserCtx, input: z.infer<typeof createInput>): Promise<Campaign> {
  const id = newId();
  const { userId } = ctx.principal;
  await withTransaction(ctx, async (trx) => {
    await queries.insertCampaign(trx.db, { id, name: input.name });
    await queries.insertVersion(trx.db, {
      id: newId(),
      campaignId: id,
      createdBy: userId,
      terms: input.terms,
    });
    await recordEvent(trx, 'campaign_created', { userId, details: { campaignId: id } });
  });
  return get(ctx, id);
}

/**
 * Publishes new terms for a campaign. They hold for those who sign up from now on; what was promised before
 * stays. Throws `NOT_FOUND`, and `CONFLICT` for a campaign that has ended.
 */
export async function publish(ctx: UserCtx, input: z.infer<typeof publishInput>): Promise<Campaign> {
  const { userId } = ctx.principal;
  await withTransaction(ctx, async (trx) => {
    const { state } = await get(trx, input.id);
    if (state === 'ended') throw new AppError('CONFLICT', 'This campaign has ended');
    await queries.insertVersion(trx.db, {
      id: newId(),
      campaignId: input.id,
      createdBy: userId,
      terms: input.terms,
    });
    await recordEvent(trx, 'campaign_published', { userId, details: { campaignId: input.id } });
    await forget(trx, 'campaigns', RUNNING);
  });
  return get(ctx, input.id);
}

/**
 * Starts a drafted campaign; the one that ran until now ends. Throws `NOT_FOUND`, and `CONFLICT` where it was
 * started before, or another one is being started.
 */
export async function start(ctx: UserCtx, { id }: { id: string }): Promise<Campaign> {
  const { userId } = ctx.principal;
  await get(ctx, id);
  try {
    await withTransaction(ctx, async (trx) => {
      if (!(await queries.startInstead(trx.db, id)))
        throw new AppError('CONFLICT', 'This campaign was started before');
      await recordEvent(trx, 'campaign_started', { userId, details: { campaignId: id } });
      await forget(trx, 'campaigns', RUNNING);
    });
  } catch (error) {
    if (!isUniqueViolation(error, 'referral_campaigns_running_key')) throw error;
    throw new AppError('CONFLICT', 'Another campaign is being started');
  }
  return get(ctx, id);
}
