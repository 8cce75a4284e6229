import { isUniqueViolation, type Paginated, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { AppCtx, AppTrxCtx, UserCtx } from '../../../../core/context.ts';
import { AppError, createValidationError } from '../../../../core/errors.ts';
import { type PageRequest, paginate } from '../../../../core/http/pagination.ts';
import { recordSecurityEvent } from '../../../security-events/service.ts';
import { resolveNamedUsers } from '../groups/service.ts';
import { insertCampaignUsers } from '../queries.ts';
import type { Campaign, CampaignAudienceInput } from '../schema.ts';
import {
  createCampaignNotFoundError,
  findCampaignState,
  getCampaign,
  invalidateCampaigns,
} from '../service.ts';
import * as queries from './queries.ts';
import type { campaignUserOutput, scheduleCampaignInput, updateReferralCampaignInput } from './schema.ts';

type CampaignEvent =
  | 'campaign_changed'
  | 'campaign_scheduled'
  | 'campaign_started'
  | 'campaign_paused'
  | 'campaign_resumed'
  | 'campaign_ended';

/** `act` decides under the lock. Throws `NOT_FOUND`. */
async function changeCampaign(
  ctx: UserCtx,
  { id, type }: { id: string; type: CampaignEvent },
  act: (trx: AppTrxCtx, campaign: queries.CampaignLife) => Promise<void>,
): Promise<Campaign> {
  return withTransaction(ctx, async (trx) => {
    const campaign = await queries.lockCampaignLife(trx.db, id);
    if (!campaign) throw createCampaignNotFoundError();
    await act(trx, campaign);
    const { userId } = ctx.principal;
    await recordSecurityEvent(trx, type, { userId, details: { campaignId: id } });
    await invalidateCampaigns(trx);
    return getCampaign(trx, id);
  });
}

function requireState(campaign: queries.CampaignLife, ...states: Campaign['state'][]): void {
  const state = findCampaignState(campaign);
  if (states.includes(state)) return;
  throw new AppError('CONFLICT', `This campaign is ${state}, not ${states.join(' or ')}`);
}

const createStartRaceError = () =>
  new AppError('CONFLICT', 'Another campaign was started at the same time. Reload and try again.');

/** Ends the one that runs for everyone, if this one is for everyone. */
async function startInPlace({ db }: AppTrxCtx, { id, audience }: queries.CampaignLife): Promise<void> {
  if (audience === 'everyone') await queries.endCampaignsForEveryone(db);
  await queries.startReferralCampaignRow(db, id);
}

/** Throws `NOT_FOUND`, or `CONFLICT` if it was started before or another campaign starts at the same time. */
export async function startCampaign(ctx: UserCtx, { id }: { id: string }): Promise<Campaign> {
  try {
    return await changeCampaign(ctx, { id, type: 'campaign_started' }, async (trx, campaign) => {
      requireState(campaign, 'draft', 'scheduled');
      if (campaign.endsAt && campaign.endsAt <= new Date())
        throw new AppError('CONFLICT', 'The planned end of this campaign is over. Change it first.');
      await startInPlace(trx, campaign);
    });
  } catch (error) {
    if (!isUniqueViolation(error, 'referral_campaigns_everyone_key')) throw error;
    throw createStartRaceError();
  }
}

/** Sign-ups get the terms of the next campaign that applies, or none. Throws `CONFLICT` unless it runs. */
export const pauseCampaign = (ctx: UserCtx, { id }: { id: string }): Promise<Campaign> =>
  changeCampaign(ctx, { id, type: 'campaign_paused' }, async (trx, campaign) => {
    requireState(campaign, 'running');
    await queries.pauseCampaignRow(trx.db, id, true);
  });

export const resumeCampaign = (ctx: UserCtx, { id }: { id: string }): Promise<Campaign> =>
  changeCampaign(ctx, { id, type: 'campaign_resumed' }, async (trx, campaign) => {
    requireState(campaign, 'paused');
    await queries.pauseCampaignRow(trx.db, id, false);
  });

/** For ever. Its referrals keep their terms. Throws `CONFLICT` unless it runs or is paused. */
export const endCampaign = (ctx: UserCtx, { id }: { id: string }): Promise<Campaign> =>
  changeCampaign(ctx, { id, type: 'campaign_ended' }, async (trx, campaign) => {
    requireState(campaign, 'running', 'paused');
    await queries.endReferralCampaignRow(trx.db, id);
  });

const toDate = (text: string | null): Date | null => (text === null ? null : new Date(text));

/** Throws `CONFLICT` for the start of one that was started, and for one that has ended. */
export const scheduleCampaign = (
  ctx: UserCtx,
  { id, startsAt, endsAt }: z.infer<typeof scheduleCampaignInput>,
): Promise<Campaign> =>
  changeCampaign(ctx, { id, type: 'campaign_scheduled' }, async (trx, campaign) => {
    if (startsAt === undefined) requireState(campaign, 'draft', 'scheduled', 'running', 'paused');
    else requireState(campaign, 'draft', 'scheduled');
    const starts = startsAt === undefined ? campaign.startsAt : toDate(startsAt);
    const ends = endsAt === undefined ? campaign.endsAt : toDate(endsAt);
    if (starts && ends && ends <= starts)
      throw createValidationError({
        path: 'endsAt',
        message: 'Must be after `startsAt`',
        code: 'invalid_range',
      });
    await queries.updateReferralCampaignRow(trx.db, id, { starts_at: starts, ends_at: ends });
  });

/** Throws `VALIDATION_FAILED` for unknown users, and `CONFLICT` for an audience that cannot change any more. */
export const updateCampaign = (
  ctx: UserCtx,
  { id, name, audience }: z.infer<typeof updateReferralCampaignInput>,
): Promise<Campaign> =>
  changeCampaign(ctx, { id, type: 'campaign_changed' }, async (trx, campaign) => {
    if (name !== undefined) await queries.updateReferralCampaignRow(trx.db, id, { name });
    if (audience !== undefined) await replaceAudience(trx, campaign, audience);
  });

async function replaceAudience(
  trx: AppTrxCtx,
  campaign: queries.CampaignLife,
  audience: CampaignAudienceInput,
): Promise<void> {
  const { id } = campaign;
  const { kind, group = null, users = [] } = audience;
  if (kind === 'users' && campaign.audience === 'users')
    requireState(campaign, 'draft', 'scheduled', 'running', 'paused');
  else requireState(campaign, 'draft', 'scheduled');
  const userIds = await resolveNamedUsers(trx, 'audience.users', users);
  await queries.updateReferralCampaignRow(trx.db, id, { audience: kind, group_name: group });
  await queries.deleteCampaignUsers(trx.db, id);
  await insertCampaignUsers(trx.db, id, userIds);
}

export async function listCampaignUsers(
  ctx: AppCtx,
  { id: campaignId, ...page }: PageRequest & { id: string },
): Promise<Paginated<z.infer<typeof campaignUserOutput>>> {
  await getCampaign(ctx, campaignId);
  return paginate(
    page,
    (after, limit) => queries.listCampaignUserRows(ctx.db, { campaignId, after, limit }),
    (row) => row,
  );
}

/** Scheduled job: ends and starts campaigns at their times. */
export async function runCampaignSchedule(ctx: AppCtx): Promise<void> {
  await withTransaction(ctx, async (trx) => {
    const ended = await queries.endDueCampaigns(trx.db);
    for (const campaignId of ended) await recordScheduled(trx, 'campaign_ended', campaignId);
    if (ended.length > 0) await invalidateCampaigns(trx);
  });
  for (const id of await queries.listDueCampaignIds(ctx.db)) await startDueCampaign(ctx, id);
}

async function startDueCampaign(ctx: AppCtx, id: string): Promise<void> {
  await withTransaction(ctx, async (trx) => {
    const campaign = await queries.lockCampaignLife(trx.db, id);
    if (!campaign || findCampaignState(campaign) !== 'scheduled') return;
    if (campaign.startsAt && campaign.startsAt > new Date()) return;
    await startInPlace(trx, campaign);
    await recordScheduled(trx, 'campaign_started', id);
    await invalidateCampaigns(trx);
  });
}

const recordScheduled = (ctx: AppTrxCtx, type: CampaignEvent, campaignId: string): Promise<void> =>
  recordSecurityEvent(ctx, type, { userId: null, details: { campaignId } });
