import { isCheckViolation, isUniqueViolation, type Paginated, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import { invalidateCached } from '../../../core/cache/caches.ts';
import type { AppCtx, TrxCtx, UserCtx } from '../../../core/context.ts';
import { AppError, createTakenError, createValidationError } from '../../../core/errors.ts';
import { generateId, generateReferralCode } from '../../../core/crypto/ids.ts';
import { type PageRequest, paginate } from '../../../core/http/pagination.ts';
import type { Plan } from '../../users/schema.ts';
import { isReservedName, PLAN_LIMITS } from '../../users/service.ts';
import { buildScannedLinkUrl } from '../sources/service.ts';
import { invalidateReferralStats } from '../stats/service.ts';
import { readLandingUrl } from './policy.ts';
import * as queries from './queries.ts';
import {
  REFERRAL_CODE_PATTERN,
  type createReferralLinkInput,
  type ReferralLink,
  type updateReferralLinkInput,
} from './schema.ts';

export type { UsableLink } from './queries.ts';

const describeLimit = (plan: Plan, limit: 'referralLinks' | 'codesPerLink'): string =>
  plan === 'premium'
    ? `${PLAN_LIMITS.premium[limit]}`
    : `${PLAN_LIMITS.free[limit]} (${PLAN_LIMITS.premium[limit]} with premium)`;

export const findUsableLink = async (ctx: AppCtx, code: string): Promise<queries.UsableLink | undefined> =>
  REFERRAL_CODE_PATTERN.test(code) ? queries.findUsableLinkRow(ctx.db, code) : undefined;

export const findAnyLink = async (ctx: AppCtx, code: string) =>
  REFERRAL_CODE_PATTERN.test(code) ? queries.findLinkRow(ctx.db, code) : undefined;

/** The current code of a link, and whose it is. */
export const findLinkOwner = (ctx: AppCtx, linkId: string) => queries.findLinkReferrer(ctx.db, linkId);

export const buildLinkUrl = (ctx: Pick<AppCtx, 'config'>, code: string): string =>
  `${ctx.config.publicUrl}/r/${code}`;

/** The URL that a QR code of the link leads to. */
export async function findScannedUrl(ctx: AppCtx, code: string): Promise<string | undefined> {
  const link = await findUsableLink(ctx, code);
  return link && buildScannedLinkUrl(buildLinkUrl(ctx, link.code));
}

export function prepareFirstLink({ userId, code }: { userId: string; code: string }) {
  const link = { id: generateId(), userId, code, label: null, enabled: true, usesOf: 'signups' as const };
  return {
    link: queries.insertLinkPart({ ...link, expiresAt: null, maxUses: null, landingUrl: null }),
    code: queries.insertCodePart({ code, linkId: link.id, userId }),
  };
}

/** Their codes stay taken. */
export const disableLinksOfUser = (ctx: TrxCtx, userId: string): Promise<void> =>
  queries.disableLinksByUser(ctx.db, userId);

function requireUnreservedCode(code: string): void {
  if (isReservedName(code)) {
    throw createValidationError({ path: 'code', message: 'This code is reserved', code: 'reserved' });
  }
}

const CODE_KEYS = ['referral_codes_folded_key', 'referral_codes_pkey', 'referral_links_user_id_code_key'];

/** In any case, by a link that has or had it. */
export const isReferralCodeTakenError = (error: unknown): boolean =>
  CODE_KEYS.some((key) => isUniqueViolation(error, key));

function toLinkError(error: unknown): unknown {
  if (isReferralCodeTakenError(error)) {
    return createTakenError('REFERRAL_CODE_TAKEN');
  }
  if (isCheckViolation(error, 'referral_links_within_max_uses')) {
    return new AppError('CONFLICT', "maxUses can't be below the number of sign-ups so far");
  }
  return error;
}

function toLandingUrl(ctx: AppCtx, text: string | null | undefined): string | null | undefined {
  if (text === null || text === undefined) return text;
  const url = readLandingUrl(text, ctx.config.redirectOrigins);
  if (url !== undefined) return url;
  const message = `Enter an address of ${[...ctx.config.redirectOrigins].join(' or ')}`;
  throw createValidationError({ path: 'landingUrl', message, code: 'foreign_origin' });
}

/** Undefined for the sign-up page, also if the origin is no longer allowed. */
export const findLinkLandingUrl = (ctx: AppCtx, { landingUrl }: queries.UsableLink): string | undefined =>
  landingUrl === null ? undefined : readLandingUrl(landingUrl, ctx.config.redirectOrigins);

const toDate = (text: string | null | undefined) => (text ? new Date(text) : null);

/** A code is never deleted, and its name is lost to everyone else. */
const countNewCode = async (ctx: UserCtx): Promise<void> =>
  ctx.reportLimit(await ctx.limiter.consume('referralCodesAccount', ctx.principal.userId));

/** Throws `REFERRAL_CODE_TAKEN`, also for someone else's username or handle. */
async function claimCode(ctx: TrxCtx, row: { code: string; linkId: string; userId: string }): Promise<void> {
  if (await queries.insertFreeCode(ctx.db, row)) return;
  throw createTakenError('REFERRAL_CODE_TAKEN');
}

/** For the referrer of a workspace's campaign. Throws `REFERRAL_CODE_TAKEN`, and refuses reserved names. */
export async function claimReferrerCode(
  ctx: TrxCtx,
  row: { code: string; referrerId: string; workspaceId: string },
): Promise<void> {
  requireUnreservedCode(row.code);
  const isFree = await queries.insertFreeReferrerCode(ctx.db, row).catch((error: unknown) => {
    throw toLinkError(error);
  });
  if (!isFree) throw createTakenError('REFERRAL_CODE_TAKEN');
}

/** Throws `REFERRAL_CODE_TAKEN` and `LIMIT_REACHED`. */
export async function createReferralLink(
  ctx: UserCtx,
  input: z.infer<typeof createReferralLinkInput>,
): Promise<ReferralLink> {
  const { userId } = ctx.principal;
  const {
    code = generateReferralCode(),
    label = null,
    enabled = true,
    maxUses = null,
    maxUsesOf: usesOf = 'signups',
  } = input;
  requireUnreservedCode(code);
  const id = generateId();
  const landingUrl = toLandingUrl(ctx, input.landingUrl) ?? null;
  const limits = { expiresAt: toDate(input.expiresAt), maxUses, usesOf };
  const link = { id, userId, code, label, enabled, landingUrl, ...limits };
  await withTransaction(ctx, async (trx) => {
    const plan = await queries.lockLinkOwner(trx.db, userId);
    if ((await queries.countLinks(trx.db, userId)) >= PLAN_LIMITS[plan].referralLinks) {
      throw new AppError(
        'LIMIT_REACHED',
        `You can have at most ${describeLimit(plan, 'referralLinks')} links`,
      );
    }
    await queries.insertLinkPart(link).execute(trx.db);
    await claimCode(trx, { code, linkId: id, userId });
    await invalidateReferralStats(trx, userId);
  }).catch((error: unknown) => {
    throw toLinkError(error);
  });
  return getOwnLink(ctx, userId, id);
}

async function getOwnLink(ctx: AppCtx, userId: string, id: string): Promise<ReferralLink> {
  const [link] = await queries.listLinkRows(ctx.db, { userId, id, limit: 1 });
  if (!link) throw new AppError('NOT_FOUND', 'Referral link not found');
  return toLink(ctx, link);
}

export async function listReferralLinks(ctx: UserCtx, input: PageRequest): Promise<Paginated<ReferralLink>> {
  const { userId } = ctx.principal;
  return paginate(
    input,
    (before, limit) => queries.listLinkRows(ctx.db, { userId, before, limit }),
    (row) => toLink(ctx, row),
  );
}

const toLink = (
  ctx: AppCtx,
  { createdAt, expiresAt, ...row }: Awaited<ReturnType<typeof queries.listLinkRows>>[number],
): ReferralLink => ({
  ...row,
  url: buildLinkUrl(ctx, row.code),
  expiresAt: expiresAt?.toISOString() ?? null,
  createdAt: createdAt.toISOString(),
});

/** A replaced code keeps leading to the link. Throws `CONFLICT` if `maxUses` is below the link's uses. */
export async function updateReferralLink(
  ctx: UserCtx,
  input: z.infer<typeof updateReferralLinkInput>,
): Promise<ReferralLink> {
  const { userId } = ctx.principal;
  const landingUrl = toLandingUrl(ctx, input.landingUrl);
  if (input.code !== undefined) await countNewCode(ctx);
  return withTransaction(ctx, async (trx) => {
    const plan = await queries.lockLinkOwner(trx.db, userId);
    const before = await getOwnLink(trx, userId, input.id);
    const code = await replaceCode(trx, { userId, plan }, before, input.code);
    const change = toLinkChange({ ...input, code, landingUrl });
    if (Object.keys(change).length > 0) await queries.updateLinkRow(trx.db, input.id, userId, change);
    await invalidateReferralStats(trx, userId);
    await invalidateCached(trx, 'users', userId);
    return getOwnLink(trx, userId, input.id);
  }).catch((error: unknown) => {
    throw toLinkError(error);
  });
}

/** The caller holds the lock of the owner's row. Returns the stored spelling; undefined if unchanged. */
async function replaceCode(
  ctx: TrxCtx,
  { userId, plan }: { userId: string; plan: Plan },
  before: ReferralLink,
  code: string | undefined,
): Promise<string | undefined> {
  if (code === undefined || code === before.code) return undefined;
  requireUnreservedCode(code);
  const own = await queries.findOwnCode(ctx.db, before.id, code);
  if (own) return own;
  if ((await queries.countCodes(ctx.db, before.id)) >= PLAN_LIMITS[plan].codesPerLink) {
    const limit = describeLimit(plan, 'codesPerLink');
    const detail = `A link can have at most ${limit} codes, earlier ones included. Create another link.`;
    throw new AppError('LIMIT_REACHED', detail);
  }
  await claimCode(ctx, { code, linkId: before.id, userId });
  return code;
}

function toLinkChange(input: Omit<z.infer<typeof updateReferralLinkInput>, 'id'>): queries.LinkChange {
  const { code, label, enabled, expiresAt, maxUses, maxUsesOf, landingUrl } = input;
  return {
    ...(code !== undefined && { code }),
    ...(label !== undefined && { label }),
    ...(enabled !== undefined && { enabled }),
    ...(expiresAt !== undefined && { expires_at: toDate(expiresAt) }),
    ...(maxUses !== undefined && { max_uses: maxUses }),
    ...(maxUsesOf !== undefined && { uses_of: maxUsesOf }),
    ...(landingUrl !== undefined && { landing_url: landingUrl }),
  };
}

/** The code stays taken. Throws `NOT_FOUND`, or `CONFLICT` for the user's first link. */
export async function deleteReferralLink(ctx: UserCtx, { id }: { id: string }): Promise<void> {
  const { userId } = ctx.principal;
  await withTransaction(ctx, async (trx) => {
    await queries.lockLinkOwner(trx.db, userId);
    if (!(await queries.markLinkDeleted(trx.db, id, userId))) {
      await getOwnLink(trx, userId, id);
      throw new AppError('CONFLICT', "Your first link can't be deleted. Disable it instead.");
    }
    await invalidateReferralStats(trx, userId);
  });
}
