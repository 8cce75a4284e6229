import { type Page, type ReferralStatus, toPage, type Trx } from '@linkgrove/db';
import type { z } from 'zod';
import type { AppCtx, UserCtx } from '../../core/context.ts';
import { AppError } from '../../core/errors.ts';
import { cursorToId } from '../../core/pagination.ts';
import { rewardReferrer } from '../rewards/service.ts';
import * as queries from './queries.ts';
import type { referral } from './schema.ts';
import { forgetStats, getStats } from './stats/service.ts';

/** The link that a sign-up is credited to. */
export type SignUpLink = { id: string; ownerId: string; limited: boolean };

const usedUp = () => new AppError('INVALID_REFERRAL_CODE', 'This referral code has been used up');

/**
 * Finds the link behind a code that someone signs up with. Throws `INVALID_REFERRAL_CODE` where there is
 * none, or it is switched off or used up, `REFERRAL_CODE_EXPIRED`, and `SELF_REFERRAL` where the newcomer is
 * the owner: signed in as such, or with an address that reaches the same mailbox.
 */
export async function findSignUpLink(
  ctx: AppCtx,
  input: { code: string; emailCanonical: string; signedInAs: string | undefined },
): Promise<SignUpLink> {
  const link = await queries.findLinkByCode(ctx.db, input.code);
  if (!link?.enabled) throw new AppError('INVALID_REFERRAL_CODE', 'Invalid referral code');
  if (link.expired) throw new AppError('REFERRAL_CODE_EXPIRED', 'This referral code has expired');
  if (link.ownerId === input.signedInAs || link.ownerEmailCanonical === input.emailCanonical) {
    throw new AppError('SELF_REFERRAL', 'You cannot sign up with your own referral code');
  }
  if (link.usedUp) throw usedUp();
  return link;
}

/** Gives a new user their first link. Throws the unique violation of the code where it is taken. */
export const createFirstLink = (ctx: { db: Trx }, link: { userId: string; code: string }): Promise<void> =>
  queries.insertLink(ctx.db, link);

/** Counts a new user's sign-up, pending until they qualify or rejected. Throws where the link was used up meanwhile. */
export async function attachReferral(
  ctx: AppCtx & { db: Trx },
  input: { link: SignUpLink; referredUserId: string; status: 'pending' | 'rejected' },
): Promise<void> {
  const { referredUserId, status } = input;
  const { id: linkId, ownerId: referrerId, limited } = input.link;
  if (limited && !(await queries.takeUse(ctx.db, linkId))) throw usedUp();
  await queries.insertReferral(ctx.db, { referrerId, linkId, referredUserId, status });
  await forgetStats(ctx, referrerId);
}

/** Makes a pending referral of the user successful and rewards the referrer; once, however often it is asked. */
export async function qualifyReferral(ctx: AppCtx & { db: Trx }, referredUserId: string): Promise<void> {
  const referral = await queries.qualifyReferral(ctx.db, referredUserId);
  if (!referral) return;
  await rewardReferrer(ctx, referral);
  await forgetStats(ctx, referral.referrerId);
}

export type Referral = z.infer<typeof referral>;

/** A page of the people the user referred, newest first; never their addresses. */
export async function list(
  ctx: UserCtx,
  input: { status?: ReferralStatus | undefined; limit: number; cursor?: string | undefined },
): Promise<Page<Referral>> {
  const before = cursorToId(input.cursor);
  const { userId: referrerId } = ctx.principal;
  const rows = await queries.listReferrals(ctx.db, {
    referrerId,
    status: input.status,
    before,
    limit: input.limit,
  });
  return toPage(rows.map(toReferral), input.limit);
}

const toReferral = (row: Awaited<ReturnType<typeof queries.listReferrals>>[number]): Referral => ({
  id: row.id,
  username: row.username,
  status: row.status,
  dateReferred: row.dateReferred.toISOString(),
  qualifiedAt: row.qualifiedAt?.toISOString() ?? null,
  link: { code: row.code, label: row.label },
});

/** The signed-in user's own counts. */
export const stats = (ctx: UserCtx, input: { days: number }) =>
  getStats(ctx, { userId: ctx.principal.userId, days: input.days });

/** Has the links of a user admit nobody any more; for accounts that are deleted. */
export const disableLinks = (ctx: { db: Trx }, userId: string): Promise<void> =>
  queries.disableLinks(ctx.db, userId);
