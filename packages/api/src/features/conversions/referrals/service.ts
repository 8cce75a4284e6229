import { type Paginated, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { DbCtx, MemberCtx, TrxCtx } from '../../../core/context.ts';
import { generateId } from '../../../core/crypto/ids.ts';
import { AppError } from '../../../core/errors.ts';
import { paginate } from '../../../core/http/pagination.ts';
import { canonicalizeMailbox } from '../../../core/text/mailbox-providers.ts';
import type { Person } from '../../campaigns/people/service.ts';
import type { ActiveReferrer } from '../../campaigns/referrers/service.ts';
import { computeShare, requireWorkspaceCampaign } from '../../campaigns/service.ts';
import { publishEventsFrom } from '../../events/service.ts';
import { recordSecurityEvent } from '../../security-events/service.ts';
import { rewardConversion, takeRewardsBack } from '../rewards/service.ts';
import * as queries from './queries.ts';
import type { CampaignReferral, listCampaignReferralsInput, rejectCampaignReferralInput } from './schema.ts';

export type Touch = { referrer: ActiveReferrer; clickId: string | null };

/** Only people who are named later can be referred, so that no circle is ever stored. */
function findRejectionReason(
  { referrer }: Touch,
  customer: Person,
  email: string | undefined,
): 'own_account' | 'own_address' | 'known_before' | null {
  if (referrer.personId === customer.id) return 'own_account';
  if (referrer.personId > customer.id) return 'known_before';
  const isOwn =
    email !== undefined &&
    referrer.email !== null &&
    canonicalizeMailbox(email) === canonicalizeMailbox(referrer.email);
  return isOwn ? 'own_address' : null;
}

/** The customer is locked and was never reported before. */
export async function recordReferral(
  ctx: TrxCtx,
  touch: Touch,
  customer: Person,
  email: string | undefined,
): Promise<void> {
  const { referrer, clickId } = touch;
  const reason = findRejectionReason(touch, customer, email);
  const id = generateId();
  await queries.insertCampaignReferral(ctx.db, {
    id,
    workspaceId: referrer.workspaceId,
    campaignId: referrer.campaignId,
    referrerId: referrer.id,
    referrerPersonId: referrer.personId,
    personId: customer.id,
    clickId,
    status: reason ? 'rejected' : 'pending',
    reason,
  });
  await publishEventsFrom(ctx, 'referral.created', queries.campaignReferralEventQuery(id));
}

type StoredConversion = {
  id: string;
  type: 'lead' | 'sale';
  amount: number | null;
  currency: string | null;
};

type Outcome = { to: 'successful' | 'rejected'; reason: string | null; qualifiedBy: string | null };

async function moveReferral(
  ctx: TrxCtx,
  id: string,
  event: 'referral.successful' | 'referral.rejected' | 'referral.reversed',
  { actorId = null, ...outcome }: Outcome & { actorId?: string | null },
): Promise<boolean> {
  const from = event === 'referral.reversed' ? ['successful' as const] : ['pending' as const];
  const isMoved = await queries.moveCampaignReferral(ctx.db, { id, from, actorId, ...outcome });
  if (isMoved) await publishEventsFrom(ctx, event, queries.campaignReferralEventQuery(id));
  return isMoved;
}

/** A sale of 0, or one whose share is rounded to 0: it must not use up a reward that is paid once. */
const earnsNothing = ({ amount }: StoredConversion, { basisPoints }: queries.JudgedReferral): boolean =>
  amount === 0 || (amount !== null && basisPoints !== null && computeShare(amount, basisPoints) === 0);

/** Qualifies and rewards as the referral's terms say. The caller has locked the customer. */
export async function qualifyByConversion(
  ctx: TrxCtx,
  customer: Person,
  conversion: StoredConversion,
): Promise<void> {
  const referral = await queries.findReferralOfPerson(ctx.db, customer.id);
  if (!referral || conversion.type !== referral.qualifiesBy || earnsNothing(conversion, referral)) return;
  if (referral.status === 'pending') return qualifyCampaignReferral(ctx, referral, conversion);
  if (referral.status === 'successful' && referral.isWithinMonths && referral.isReferrerActive)
    await rewardConversion(ctx, referral, conversion, { isFirst: false });
}

async function qualifyCampaignReferral(
  ctx: TrxCtx,
  referral: queries.JudgedReferral,
  conversion: StoredConversion,
): Promise<void> {
  const { id, isReferrerActive } = referral;
  if (!isReferrerActive) {
    const inactive = { to: 'rejected' as const, reason: 'referrer_inactive', qualifiedBy: null };
    await moveReferral(ctx, id, 'referral.rejected', inactive);
    return;
  }
  const success = { to: 'successful' as const, reason: null, qualifiedBy: conversion.id };
  await moveReferral(ctx, id, 'referral.successful', success);
  await rewardConversion(ctx, referral, conversion, { isFirst: true });
}

const REFUNDED = { to: 'rejected' as const, reason: 'refunded', qualifiedBy: null };

/** A reward that is paid once ends with its sale; with monthly ones the customer's next sale earns again. */
export async function reverseByRefund(ctx: TrxCtx, personId: number, conversionId: string): Promise<void> {
  const referral = await queries.findReferralOfPerson(ctx.db, personId);
  if (!referral) return;
  await takeRewardsBack(ctx, { conversionId });
  if (referral.months === null && referral.qualifiedBy === conversionId)
    await moveReferral(ctx, referral.id, 'referral.reversed', REFUNDED);
}

const toCampaignReferral = ({
  dateReferred,
  qualifiedAt,
  ...row
}: queries.CampaignReferralRow): CampaignReferral => ({
  ...row,
  dateReferred: dateReferred.toISOString(),
  qualifiedAt: qualifiedAt?.toISOString() ?? null,
});

export async function listCampaignReferrals(
  ctx: MemberCtx,
  input: z.infer<typeof listCampaignReferralsInput>,
): Promise<Paginated<CampaignReferral>> {
  const { id: campaignId, referrerId, externalId, status } = input;
  await requireWorkspaceCampaign(ctx, campaignId);
  return paginate(
    input,
    (before, limit) =>
      queries.listCampaignReferralRows(ctx.db, { campaignId, referrerId, externalId, status, before, limit }),
    toCampaignReferral,
  );
}

/** Without a check of who asks: the newest referrals of a referrer. */
export async function listNewestReferrals(
  ctx: DbCtx,
  of: { campaignId: string; referrerId: string },
  limit: number,
): Promise<CampaignReferral[]> {
  return (await queries.listCampaignReferralRows(ctx.db, { ...of, limit })).map(toCampaignReferral);
}

/** Takes its rewards back too. Throws `NOT_FOUND`, or `CONFLICT` if it was rejected before. */
export async function rejectCampaignReferral(
  ctx: MemberCtx,
  { id: campaignId, referralId: id, reason }: z.infer<typeof rejectCampaignReferralInput>,
): Promise<CampaignReferral> {
  const { userId: actorId } = ctx.principal;
  return withTransaction(ctx, async (trx) => {
    await requireWorkspaceCampaign(trx, campaignId);
    if (!(await queries.lockCustomerOfReferral(trx.db, campaignId, id)))
      throw new AppError('NOT_FOUND', 'Referral not found');
    const outcome = { to: 'rejected' as const, reason, qualifiedBy: null, actorId };
    const isMoved =
      (await moveReferral(trx, id, 'referral.rejected', outcome)) ||
      (await moveReferral(trx, id, 'referral.reversed', outcome));
    if (!isMoved) throw new AppError('CONFLICT', 'This referral was rejected before');
    await takeRewardsBack(trx, { referralId: id });
    await recordSecurityEvent(trx, 'referral_rejected', {
      userId: actorId,
      details: { referralId: id, reason },
    });
    const [row] = await queries.listCampaignReferralRows(trx.db, { campaignId, id, limit: 1 });
    if (!row) throw new Error('The referral is gone');
    return toCampaignReferral(row);
  });
}
