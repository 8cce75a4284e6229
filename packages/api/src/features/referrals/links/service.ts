import { isUniqueViolation, type Paginated, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import { forgetCached } from '../../../core/cache/caches.ts';
import type { AppCtx, TrxCtx, UserCtx } from '../../../core/context.ts';
import { AppError, createValidationError } from '../../../core/errors.ts';
import { generateId, generateReferralCode } from '../../../core/crypto/ids.ts';
import { type PageRequest, paginate } from '../../../core/http/pagination.ts';
import { isReservedName } from '../../users/service.ts';
import { invalidateReferralStats } from '../stats/service.ts';
import * as queries from './queries.ts';
import {
  REFERRAL_CODE_PATTERN,
  type createReferralLinkInput,
  type referralCodeOutput,
  type ReferralLink,
  type updateReferralLinkInput,
} from './schema.ts';

/** Most links a user may have at a time. */
const MAX_LINKS = 100;

/** The link behind a code, if a visitor can sign up by it now; else undefined. */
export const findUsableLink = async (ctx: AppCtx, code: string): Promise<queries.CodeTarget | undefined> =>
  REFERRAL_CODE_PATTERN.test(code) ? queries.findUsableLinkRow(ctx.db, code) : undefined;

/** Who invites by a code; for the public. Throws `NOT_FOUND` where the code cannot be used. */
export async function getReferralCode(
  ctx: AppCtx,
  input: { code: string },
): Promise<z.infer<typeof referralCodeOutput>> {
  const link = await findUsableLink(ctx, input.code);
  const found = link && (await queries.findLinkReferrer(ctx.db, link.id));
  if (!found || found.username === null) throw new AppError('NOT_FOUND', 'There is no such referral code');
  const { code, username, displayName, avatarUrl } = found;
  return { code, referrer: { username, displayName, avatarUrl } };
}

/** The address of a link. */
const linkUrl = (ctx: AppCtx, code: string): string => `${ctx.config.publicUrl}/r/${code}`;

/** The address of the link behind a code, for its QR code; undefined where the code cannot be used. */
export async function findReferralUrl(ctx: AppCtx, code: string): Promise<string | undefined> {
  const link = await findUsableLink(ctx, code);
  return link && linkUrl(ctx, link.code);
}

/** Returns a new user's first link and its code as parts of the sign-up statement. */
export function prepareFirstLink({ userId, code }: { userId: string; code: string }) {
  const link = { id: generateId(), userId, code, label: null, enabled: true, expiresAt: null, maxUses: null };
  return {
    link: queries.insertLinkPart(link),
    code: queries.insertCodePart({ code, linkId: link.id, userId }),
  };
}

/** Has the links of a user admit nobody any more; for accounts that are deleted. */
export const disableLinksOfUser = (ctx: TrxCtx, userId: string): Promise<void> =>
  queries.disableLinksByUser(ctx.db, userId);

function requireFreeCode(code: string): void {
  if (isReservedName(code)) {
    throw createValidationError({ path: 'code', message: 'This code is reserved', code: 'reserved' });
  }
}

/** Runs what gives a code out; a code of anyone, ever, in whatever case, is `REFERRAL_CODE_TAKEN`. */
async function givingOut<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isReferralCodeTakenError(error))
      throw new AppError('REFERRAL_CODE_TAKEN', 'This referral code is taken');
    throw error;
  }
}

/** Whether a write failed because the code belongs to someone, or did once. */
export const isReferralCodeTakenError = (error: unknown): boolean =>
  CODE_KEYS.some((key) => isUniqueViolation(error, key));
const CODE_KEYS = ['referral_codes_folded_key', 'referral_codes_pkey', 'referral_links_user_id_code_key'];

const toDate = (text: string | null | undefined) => (text ? new Date(text) : null);

/** Makes another link. Throws `REFERRAL_CODE_TAKEN`, and `LIMIT_REACHED` beyond a hundred. */
export async function createReferralLink(
  ctx: UserCtx,
  input: z.infer<typeof createReferralLinkInput>,
): Promise<ReferralLink> {
  const { userId } = ctx.principal;
  const { code = generateReferralCode(), label = null, enabled = true, maxUses = null } = input;
  requireFreeCode(code);
  const id = generateId();
  await givingOut(() =>
    withTransaction(ctx, async (trx) => {
      if ((await queries.countLinks(trx.db, userId)) >= MAX_LINKS) {
        throw new AppError('LIMIT_REACHED', `You can have at most ${MAX_LINKS} links`);
      }
      await queries.insertLink(trx.db, {
        id,
        userId,
        code,
        label,
        enabled,
        expiresAt: toDate(input.expiresAt),
        maxUses,
      });
      await invalidateReferralStats(trx, userId);
    }),
  );
  return getOwn(ctx, id);
}

async function getOwn(ctx: UserCtx, id: string): Promise<ReferralLink> {
  const [link] = await queries.listLinkRows(ctx.db, { userId: ctx.principal.userId, id, limit: 1 });
  if (!link) throw new AppError('NOT_FOUND', 'There is no such link');
  return toLink(ctx, link);
}

/** The user's links, newest first. */
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
  url: linkUrl(ctx, row.code),
  expiresAt: expiresAt?.toISOString() ?? null,
  createdAt: createdAt.toISOString(),
});

/**
 * Changes a link. A replaced code goes on to lead to it and can be taken up again, by it alone. Throws
 * `NOT_FOUND`, `REFERRAL_CODE_TAKEN`, and `CONFLICT` for fewer `maxUses` than were used.
 */
export async function updateReferralLink(
  ctx: UserCtx,
  input: z.infer<typeof updateReferralLinkInput>,
): Promise<ReferralLink> {
  const { userId } = ctx.principal;
  const before = await getOwn(ctx, input.id);
  try {
    await givingOut(() =>
      withTransaction(ctx, async (trx) => {
        const code = await replaceCode(trx, userId, before, input.code);
        const change = changeOf({ ...input, code });
        if (Object.keys(change).length > 0) await queries.updateLinkRow(trx.db, input.id, userId, change);
        await invalidateReferralStats(trx, userId);
        await forgetCached(trx, 'users', userId);
      }),
    );
  } catch (error) {
    if (!isBelowUses(error)) throw error;
    throw new AppError('CONFLICT', 'More sign-ups than that have used this link already');
  }
  return getOwn(ctx, input.id);
}

const isBelowUses = (error: unknown): boolean =>
  (error as { constraint?: string }).constraint === 'referral_links_within_max_uses';

/** Gives the link another code, new or its own from before; returns how it is spelt, undefined if nothing changes. */
async function replaceCode(
  ctx: TrxCtx,
  userId: string,
  before: ReferralLink,
  code: string | undefined,
): Promise<string | undefined> {
  if (code === undefined || code === before.code) return undefined;
  requireFreeCode(code);
  const own = await queries.findOwnCode(ctx.db, before.id, code);
  if (own) return own;
  await queries.insertCodePart({ code, linkId: before.id, userId }).execute(ctx.db);
  return code;
}

function changeOf(input: Omit<z.infer<typeof updateReferralLinkInput>, 'id'>): queries.LinkChange {
  const { code, label, enabled, expiresAt, maxUses } = input;
  return {
    ...(code !== undefined && { code }),
    ...(label !== undefined && { label }),
    ...(enabled !== undefined && { enabled }),
    ...(expiresAt !== undefined && { expires_at: toDate(expiresAt) }),
    ...(maxUses !== undefined && { max_uses: maxUses }),
  };
}

/** Deletes a link; its code admits nobody any more and stays taken. Throws `NOT_FOUND`, and `CONFLICT` for the first. */
export async function deleteReferralLink(ctx: UserCtx, { id }: { id: string }): Promise<void> {
  const { userId } = ctx.principal;
  const isDeleted = await withTransaction(ctx, async (trx) => {
    await invalidateReferralStats(trx, userId);
    return queries.markLinkDeleted(trx.db, id, userId);
  });
  if (isDeleted) return;
  await getOwn(ctx, id);
  throw new AppError('CONFLICT', 'Your first link cannot be deleted; switch it off instead');
}
