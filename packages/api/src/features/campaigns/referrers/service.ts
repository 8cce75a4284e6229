import { type Paginated, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { AppCtx, DbCtx, MemberCtx, TrxCtx } from '../../../core/context.ts';
import { generateId, generateReferralCode } from '../../../core/crypto/ids.ts';
import { AppError } from '../../../core/errors.ts';
import { paginate } from '../../../core/http/pagination.ts';
import { pickDefined } from '../../../core/objects.ts';
import { buildLinkUrl, claimReferrerCode } from '../../referrals/links/service.ts';
import { REFERRAL_CODE_PATTERN } from '../../referrals/links/schema.ts';
import { answeredForCondition } from '../../workspaces/service.ts';
import { lockOrCreatePerson } from '../people/service.ts';
import { lockWorkspaceCampaign, requireWorkspaceCampaign } from '../service.ts';
import * as queries from './queries.ts';
import type { createReferrerInput, listReferrersInput, Referrer, updateReferrerInput } from './schema.ts';

export type { ActiveReferrer } from './queries.ts';

const createReferrerNotFoundError = () => new AppError('NOT_FOUND', 'Referrer not found');

type ReferrerIds = { id: string; referrerId: string };

const toReferrer = (ctx: Pick<AppCtx, 'config'>, { createdAt, ...row }: queries.ReferrerRow): Referrer => ({
  ...row,
  url: buildLinkUrl(ctx, row.code),
  createdAt: createdAt.toISOString(),
});

/** Without a check of who asks. Throws `NOT_FOUND`. */
export async function readCampaignReferrer(
  ctx: Pick<AppCtx, 'config'> & DbCtx,
  { id, referrerId }: ReferrerIds,
): Promise<Referrer> {
  const [row] = await queries.listReferrerRows(ctx.db, id, { id: referrerId }, 1);
  if (!row) throw createReferrerNotFoundError();
  return toReferrer(ctx, row);
}

export async function getReferrer(ctx: MemberCtx, input: ReferrerIds): Promise<Referrer> {
  await requireWorkspaceCampaign(ctx, input.id);
  return readCampaignReferrer(ctx, input);
}

export async function listReferrers(
  ctx: MemberCtx,
  input: z.infer<typeof listReferrersInput>,
): Promise<Paginated<Referrer>> {
  const { externalId = null } = input;
  const { id } = await requireWorkspaceCampaign(ctx, input.id);
  return paginate(
    input,
    (after, limit) => queries.listReferrerRows(ctx.db, id, { externalId, after }, limit),
    (row) => toReferrer(ctx, row),
  );
}

type NewReferrer = z.infer<typeof createReferrerInput>;

/** A repetition returns the referrer there is. Throws `CONFLICT` if that differs, and `REFERRAL_CODE_TAKEN`. */
export async function createReferrer(ctx: MemberCtx, input: NewReferrer): Promise<Referrer> {
  const { id } = input;
  if (input.code !== undefined)
    ctx.reportLimit(await ctx.limiter.consume('chosenCodesAccount', ctx.principal.userId));
  return withTransaction(ctx, async (trx) => {
    const campaign = await lockWorkspaceCampaign(trx, id);
    const { workspaceId } = campaign;
    const person = await lockOrCreatePerson(trx, { workspaceId, externalId: input.externalId });
    const known = await queries.lockReferrerOfPerson(trx.db, id, person.id);
    if (known) {
      requireSameReferrer(known, input);
      return readCampaignReferrer(trx, { id, referrerId: known.id });
    }
    if (campaign.state === 'ended') throw new AppError('CONFLICT', 'This campaign has ended');
    return insertNewReferrer(trx, input, { workspaceId, personId: person.id });
  });
}

async function insertNewReferrer(
  ctx: MemberCtx & TrxCtx,
  input: NewReferrer,
  of: { workspaceId: string; personId: number },
): Promise<Referrer> {
  const { id: campaignId, email, name, code = generateReferralCode() } = input;
  const referrerId = generateId();
  await queries.insertReferrer(ctx.db, { ...of, id: referrerId, campaignId, email, name, code });
  await claimReferrerCode(ctx, { code, referrerId, workspaceId: of.workspaceId });
  return readCampaignReferrer(ctx, { id: campaignId, referrerId });
}

function requireSameReferrer(
  known: { email: string | null; name: string | null; code: string; isDeleted: boolean },
  { email, name, code = known.code }: NewReferrer,
): void {
  if (known.isDeleted) throw new AppError('CONFLICT', 'This referrer was deleted and cannot join again');
  if (known.email === email && known.name === name && known.code.toLowerCase() === code.toLowerCase()) return;
  throw new AppError(
    'CONFLICT',
    'This person is already a referrer, with other details. Update the referrer.',
  );
}

/** Throws `NOT_FOUND`. */
export async function lockReferrer(ctx: MemberCtx & TrxCtx, { id, referrerId }: ReferrerIds): Promise<void> {
  await requireWorkspaceCampaign(ctx, id);
  if (!(await queries.lockReferrerRow(ctx.db, id, referrerId))) throw createReferrerNotFoundError();
}

export async function updateReferrer(
  ctx: MemberCtx,
  input: z.infer<typeof updateReferrerInput>,
): Promise<Referrer> {
  const { id, referrerId, ...members } = input;
  const change = pickDefined(members);
  return withTransaction(ctx, async (trx) => {
    await lockReferrer(trx, { id, referrerId });
    if (Object.keys(change).length > 0) await queries.updateReferrerRow(trx.db, referrerId, change);
    return readCampaignReferrer(trx, { id, referrerId });
  });
}

/** Name and address are erased; the code stays taken and the referrals stay counted. The caller holds the lock. */
export const eraseReferrer = (ctx: TrxCtx, referrerId: string): Promise<void> =>
  queries.markReferrerDeleted(ctx.db, referrerId);

const answeredFor = answeredForCondition('c.workspace_id');

export const findReferrerById = (ctx: DbCtx, id: string): Promise<queries.ActiveReferrer | undefined> =>
  queries.findActiveReferrer(ctx.db, { id }, answeredFor);

export const findReferrerByCode = async (
  ctx: DbCtx,
  code: string,
): Promise<queries.ActiveReferrer | undefined> =>
  REFERRAL_CODE_PATTERN.test(code) ? queries.findActiveReferrer(ctx.db, { code }, answeredFor) : undefined;

/** Where the link still leads when it credits nobody any more. */
export const findLandingUrl = async (ctx: DbCtx, code: string): Promise<string | null | undefined> =>
  REFERRAL_CODE_PATTERN.test(code) ? queries.findLandingUrlRow(ctx.db, code, answeredFor) : undefined;
