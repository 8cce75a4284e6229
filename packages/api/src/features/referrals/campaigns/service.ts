import { type Paginated, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import { invalidateCached } from '../../../core/cache/caches.ts';
import type { AppCtx, CacheCtx, DbCtx, UserCtx } from '../../../core/context.ts';
import { AppError } from '../../../core/errors.ts';
import { generateId } from '../../../core/crypto/ids.ts';
import { type PageRequest, paginate } from '../../../core/http/pagination.ts';
import { pickDefined } from '../../../core/objects.ts';
import { recordSecurityEvent } from '../../security-events/service.ts';
import { resolveNamedUsers } from './groups/service.ts';
import * as queries from './queries.ts';
import type {
  Campaign,
  CampaignVersion,
  createCampaignInput,
  publishCampaignInput,
  listCampaignVersionsInput,
} from './schema.ts';

const RUNNING = 'running';

type Running = { everyone: queries.CampaignRow; hasAudiences: boolean };

/** Cached for under a second. */
const readRunning = (ctx: AppCtx): Promise<Running> =>
  ctx.cache<Running>('campaigns').get(RUNNING, async () => ({
    everyone: await queries.findCampaignOfReferrer(ctx.db, null),
    hasAudiences: await queries.hasAudienceCampaigns(ctx.db),
  }));

export const invalidateCampaigns = (ctx: CacheCtx): Promise<void> =>
  invalidateCached(ctx, 'campaigns', RUNNING);

/** The campaign for everyone; that of nobody, which pays nothing, if none runs. */
export const getRunningCampaign = async (ctx: AppCtx): Promise<queries.CampaignRow> =>
  (await readRunning(ctx)).everyone;

/** The campaign that applies to a referrer now: one that names them, their group's, or everyone's. */
export async function getCampaignOfReferrer(ctx: AppCtx, referrerId: string): Promise<queries.CampaignRow> {
  const { everyone, hasAudiences } = await readRunning(ctx);
  return hasAudiences ? queries.findCampaignOfReferrer(ctx.db, referrerId) : everyone;
}

/** Whether the campaign of any referrer may credit the first link visited; spares most visits a query. */
export async function isFirstLinkCredited(ctx: AppCtx): Promise<boolean> {
  const { everyone, hasAudiences } = await readRunning(ctx);
  return hasAudiences || everyone.attribution === 'first';
}

/** Not from the cache. */
export const findVersionOfReferrer = async (ctx: DbCtx, referrerId: string): Promise<string> =>
  (await queries.findCampaignOfReferrer(ctx.db, referrerId)).versionId;

/** The milestones of the newest version. Throws `NOT_FOUND`, and `CONFLICT` before the campaign has started. */
export async function getPromisedMilestones(ctx: DbCtx, campaignId: string) {
  const { terms, startedAt } = await getCampaign(ctx, campaignId);
  if (startedAt === null)
    throw new AppError('CONFLICT', 'This campaign has not started, so it has promised no milestones yet');
  return terms.milestones;
}

type Times = Pick<queries.CampaignRow, 'startedAt' | 'endedAt' | 'pausedAt' | 'startsAt'>;

export function findCampaignState({ startedAt, endedAt, pausedAt, startsAt }: Times): Campaign['state'] {
  if (endedAt) return 'ended';
  if (startedAt) return pausedAt ? 'paused' : 'running';
  return startsAt ? 'scheduled' : 'draft';
}

const toTime = (at: Date | null): string | null => at?.toISOString() ?? null;

function toCampaign(row: queries.CampaignRow): Campaign {
  const { id, name, audience, group, users, version, versionId: _, createdAt, ...rest } = row;
  const { startsAt, endsAt, startedAt, pausedAt, endedAt, ...terms } = rest;
  return {
    id,
    name,
    state: findCampaignState(rest),
    audience: { kind: audience === 'nobody' ? 'everyone' : audience, group, users: users ?? 0 },
    version,
    terms,
    createdAt: createdAt.toISOString(),
    startsAt: toTime(startsAt),
    endsAt: toTime(endsAt),
    startedAt: toTime(startedAt),
    pausedAt: toTime(pausedAt),
    endedAt: toTime(endedAt),
  };
}

export async function listCampaigns(ctx: AppCtx, input: PageRequest): Promise<Paginated<Campaign>> {
  return paginate(input, (before, limit) => queries.listCampaignRows(ctx.db, { before, limit }), toCampaign);
}

export const createCampaignNotFoundError = (): AppError => new AppError('NOT_FOUND', 'Campaign not found');

export async function getCampaign(ctx: DbCtx, id: string): Promise<Campaign> {
  const row = await queries.findCampaign(ctx.db, id);
  if (!row) throw createCampaignNotFoundError();
  return toCampaign(row);
}

export async function listCampaignVersions(
  ctx: AppCtx,
  input: z.infer<typeof listCampaignVersionsInput>,
): Promise<Paginated<CampaignVersion>> {
  const { id: campaignId } = input;
  await getCampaign(ctx, campaignId);
  return paginate(
    input,
    (before, limit) => queries.listCampaignVersionRows(ctx.db, { campaignId, before, limit }),
    ({ id, version, publishedAt, ...terms }) => ({
      id,
      version,
      terms,
      publishedAt: publishedAt.toISOString(),
    }),
  );
}

/** Creates a draft; its terms apply to nobody until it is started. */
export async function createCampaign(
  ctx: UserCtx,
  input: z.infer<typeof createCampaignInput>,
): Promise<Campaign> {
  const id = generateId();
  const { userId } = ctx.principal;
  const { kind, group = null, users = [] } = input.audience;
  await withTransaction(ctx, async (trx) => {
    await queries.insertCampaign(trx.db, { id, name: input.name, audience: kind, group });
    await queries.insertCampaignUsers(trx.db, id, await resolveNamedUsers(trx, 'audience.users', users));
    await queries.insertCampaignVersion(trx.db, {
      id: generateId(),
      campaignId: id,
      createdBy: userId,
      terms: input.terms,
    });
    await recordSecurityEvent(trx, 'campaign_created', { userId, details: { campaignId: id } });
  });
  return getCampaign(ctx, id);
}

/** Earlier referrals keep their terms. Throws `NOT_FOUND`, or `CONFLICT` if the campaign has ended. */
export async function publishCampaignVersion(
  ctx: UserCtx,
  input: z.infer<typeof publishCampaignInput>,
): Promise<Campaign> {
  const { userId } = ctx.principal;
  await withTransaction(ctx, async (trx) => {
    const campaign = await queries.lockCampaign(trx.db, input.id);
    if (!campaign) throw createCampaignNotFoundError();
    if (campaign.endedAt) throw new AppError('CONFLICT', 'This campaign has ended');
    const newest = await getCampaign(trx, input.id);
    await queries.insertCampaignVersion(trx.db, {
      id: generateId(),
      campaignId: input.id,
      createdBy: userId,
      terms: {
        ...newest.terms,
        ...pickDefined(input.terms),
        signalWeights: { ...newest.terms.signalWeights, ...input.terms.signalWeights },
      },
    });
    await recordSecurityEvent(trx, 'campaign_published', { userId, details: { campaignId: input.id } });
    await invalidateCampaigns(trx);
  });
  return getCampaign(ctx, input.id);
}
