import { type Paginated, withTransaction } from '@linkgrove/db';
import { sql } from 'kysely';
import type { z } from 'zod';
import type { MemberCtx, TrxCtx, UserCtx } from '../../core/context.ts';
import { generateId } from '../../core/crypto/ids.ts';
import { AppError } from '../../core/errors.ts';
import { type PageRequest, paginate } from '../../core/http/pagination.ts';
import { pickDefined } from '../../core/objects.ts';
import { requireAllowedHosts } from '../blocked-hosts/service.ts';
import { recordSecurityEvent } from '../security-events/service.ts';
import { requireVerifiedUser } from '../users/service.ts';
import {
  findDefaultWorkspaceId,
  findListedWorkspaces,
  lockWorkspace,
  ownedWorkspacesSubquery,
  requireRole,
  roleSubquery,
} from '../workspaces/service.ts';
import { MAX_CAMPAIGNS_PER_WORKSPACE } from './policy.ts';
import * as queries from './queries.ts';
import type {
  Campaign,
  CampaignTerms,
  CampaignVersion,
  createWorkspaceCampaignInput,
  listWorkspaceCampaignsInput,
  listWorkspaceCampaignVersionsInput,
  publishWorkspaceCampaignInput,
  updateCampaignInput,
} from './schema.ts';

export { computeShare } from './policy.ts';

const createCampaignNotFoundError = () => new AppError('NOT_FOUND', 'Campaign not found');

function toCampaign(row: queries.CampaignRow): Campaign {
  const { createdAt, startedAt, endedAt, id, workspaceId, name, version, ...rest } = row;
  const { landingUrl, allowedOrigins, ...terms } = rest;
  return {
    id,
    workspaceId,
    name,
    state: endedAt ? 'ended' : startedAt ? 'running' : 'draft',
    version,
    terms,
    landingUrl,
    allowedOrigins,
    createdAt: createdAt.toISOString(),
    startedAt: startedAt?.toISOString() ?? null,
    endedAt: endedAt?.toISOString() ?? null,
  };
}

/** Throws like `requireRole`. */
export async function requireWorkspaceCampaign(ctx: MemberCtx, id: string): Promise<Campaign> {
  const row = await queries.findCampaignRow(ctx.db, id, roleSubquery(ctx.principal, 'c.workspace_id'));
  requireRole(ctx, row?.role, { createNotFoundError: createCampaignNotFoundError });
  const { role: _, ...campaign } = row;
  return toCampaign(campaign);
}

/** The state is read under the lock. Throws like `requireRole`. */
export async function lockWorkspaceCampaign(ctx: MemberCtx & TrxCtx, id: string): Promise<Campaign> {
  await queries.lockCampaignRow(ctx.db, id);
  return requireWorkspaceCampaign(ctx, id);
}

export const getWorkspaceCampaign = (ctx: MemberCtx, { id }: { id: string }): Promise<Campaign> =>
  requireWorkspaceCampaign(ctx, id);

export async function listWorkspaceCampaigns(
  ctx: MemberCtx,
  input: z.infer<typeof listWorkspaceCampaignsInput>,
): Promise<Paginated<Campaign>> {
  const workspaces = await findListedWorkspaces(ctx, input.workspaceId);
  return paginate(
    input,
    (before, limit) => queries.listWorkspaceCampaignRows(ctx.db, { workspaces, before, limit }),
    toCampaign,
  );
}

/** For the export of the account: of every workspace that the user owns. */
export function listOwnedCampaigns(ctx: UserCtx, page: PageRequest): Promise<Paginated<Campaign>> {
  const workspaces = ownedWorkspacesSubquery(ctx.principal.userId);
  return paginate(
    page,
    (before, limit) => queries.listWorkspaceCampaignRows(ctx.db, { workspaces, before, limit }),
    toCampaign,
  );
}

export async function listWorkspaceCampaignVersions(
  ctx: MemberCtx,
  input: z.infer<typeof listWorkspaceCampaignVersionsInput>,
): Promise<Paginated<CampaignVersion>> {
  const { id: campaignId } = await requireWorkspaceCampaign(ctx, input.id);
  return paginate(
    input,
    (before, limit) => queries.listWorkspaceCampaignVersionRows(ctx.db, { campaignId, before, limit }),
    ({ id, version, publishedAt, ...terms }) => ({
      id,
      version,
      terms,
      publishedAt: publishedAt.toISOString(),
    }),
  );
}

type CampaignEvent = 'campaign_created' | 'campaign_published' | 'campaign_started' | 'campaign_ended';

const recordCampaignEvent = (ctx: MemberCtx & TrxCtx, type: CampaignEvent, campaignId: string) =>
  recordSecurityEvent(ctx, type, { userId: ctx.principal.userId, details: { campaignId } });

const insertVersion = (ctx: MemberCtx & TrxCtx, campaignId: string, terms: CampaignTerms): Promise<void> =>
  queries.insertCampaignVersionRow(ctx.db, {
    id: generateId(),
    campaignId,
    createdBy: ctx.principal.userId,
    terms,
  });

/** A draft refers nobody until it is started. Throws like `requireRole`, and `LIMIT_REACHED`. */
export async function createWorkspaceCampaign(
  ctx: MemberCtx,
  input: z.infer<typeof createWorkspaceCampaignInput>,
): Promise<Campaign> {
  const { workspaceId = findDefaultWorkspaceId(ctx.principal), name, landingUrl, allowedOrigins } = input;
  const id = generateId();
  return withTransaction(ctx, async (trx) => {
    await lockWorkspace(trx, workspaceId);
    if ((await queries.countCampaigns(trx.db, workspaceId)) >= MAX_CAMPAIGNS_PER_WORKSPACE) {
      const detail = `A workspace can have at most ${MAX_CAMPAIGNS_PER_WORKSPACE} campaigns`;
      throw new AppError('LIMIT_REACHED', detail);
    }
    await requireAllowedHosts(trx, landingUrl);
    await queries.insertCampaignRow(trx.db, { id, workspaceId, name, landingUrl, allowedOrigins });
    await insertVersion(trx, id, input.terms);
    await recordCampaignEvent(trx, 'campaign_created', id);
    return requireWorkspaceCampaign(trx, id);
  });
}

export async function updateWorkspaceCampaign(
  ctx: MemberCtx,
  input: z.infer<typeof updateCampaignInput>,
): Promise<Campaign> {
  const { id, name, landingUrl, allowedOrigins } = input;
  const change = pickDefined({ name, landing_url: landingUrl, allowed_origins: allowedOrigins });
  return withTransaction(ctx, async (trx) => {
    await lockWorkspaceCampaign(trx, id);
    await requireAllowedHosts(trx, landingUrl);
    if (Object.keys(change).length > 0) await queries.updateCampaignRow(trx.db, id, change);
    return requireWorkspaceCampaign(trx, id);
  });
}

/** Earlier referrals keep their terms. Throws `CONFLICT` if the campaign has ended. */
export async function publishWorkspaceCampaign(
  ctx: MemberCtx,
  { id, terms }: z.infer<typeof publishWorkspaceCampaignInput>,
): Promise<Campaign> {
  return withTransaction(ctx, async (trx) => {
    const { state } = await lockWorkspaceCampaign(trx, id);
    if (state === 'ended') throw new AppError('CONFLICT', 'This campaign has ended');
    await insertVersion(trx, id, terms);
    await recordCampaignEvent(trx, 'campaign_published', id);
    return requireWorkspaceCampaign(trx, id);
  });
}

/**
 * Other campaigns of the workspace keep running. Its links lead to any site, so somebody has to answer for them. Throws
 * `EMAIL_NOT_VERIFIED`, and `CONFLICT` if it was started before.
 */
export async function startWorkspaceCampaign(ctx: MemberCtx, { id }: { id: string }): Promise<Campaign> {
  return withTransaction(ctx, async (trx) => {
    const { state } = await lockWorkspaceCampaign(trx, id);
    await requireVerifiedUser(trx, 'start a campaign');
    if (state !== 'draft') throw new AppError('CONFLICT', 'This campaign has already been started');
    await queries.updateCampaignRow(trx.db, id, { started_at: sql<Date>`now()` });
    await recordCampaignEvent(trx, 'campaign_started', id);
    return requireWorkspaceCampaign(trx, id);
  });
}

/** Refers nobody any more; what earlier referrals earn is paid under their terms. Throws `CONFLICT` unless it runs. */
export async function endWorkspaceCampaign(ctx: MemberCtx, { id }: { id: string }): Promise<Campaign> {
  return withTransaction(ctx, async (trx) => {
    const { state } = await lockWorkspaceCampaign(trx, id);
    if (state !== 'running') throw new AppError('CONFLICT', 'This campaign is not running');
    await queries.updateCampaignRow(trx.db, id, { ended_at: sql<Date>`now()` });
    await recordCampaignEvent(trx, 'campaign_ended', id);
    return requireWorkspaceCampaign(trx, id);
  });
}
