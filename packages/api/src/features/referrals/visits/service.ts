import { createHmac, randomBytes } from 'node:crypto';
import { isbot } from 'isbot';
import { z } from 'zod';
import type { AppCtx, Ctx } from '../../../core/context.ts';
import { generateId } from '../../../core/crypto/ids.ts';
import { AppError } from '../../../core/errors.ts';
import { tryParseJson } from '../../../core/text/json.ts';
import { takeCodePoints } from '../../../core/text/validation.ts';
import { findInvisibleCharacter } from '../../../core/text/visibility.ts';
import { getRunningCampaign } from '../campaigns/service.ts';
import { findUsableLink, type UsableLink } from '../links/service.ts';
import { invalidateReferralStats } from '../stats/service.ts';
import * as queries from './queries.ts';
import { UTM_PARAMETERS, type UtmParameters } from './schema.ts';

const VISIT_DEDUP_MINUTES = 60;
// Five parameters of this length in any script keep the cookie below the 4,096 bytes that browsers store.
const MAX_UTM_LENGTH = 100;

export type Loading = 'page' | 'prefetch' | 'embedded';

export type Visit = {
  code: string;
  address: string;
  userAgent: string | undefined;
  loading: Loading;
  /** The sign-up page, which a visitor of `/r/{code}` reaches next. */
  isSignUpPage: boolean;
  query: Record<string, unknown>;
  attribution: string | undefined;
};

/** `visitedAt` in seconds since 1970. */
export type Attribution = {
  /** Credits one sign-up. Cookies of earlier versions have none. */
  id?: string | undefined;
  code: string;
  visitedAt: number;
  utm: UtmParameters | null;
  /** Only prefetched so far, so no visit was counted. */
  isPrefetched?: boolean | undefined;
};

/** `attribution` is for the client to keep; undefined if it keeps what it has. */
export type RecordedVisit = { code: string; attribution: string | undefined; utm: UtmParameters | null };

function parseUtm(query: Record<string, unknown>): UtmParameters | null {
  const given = UTM_PARAMETERS.flatMap((name) => {
    const value = query[name];
    if (typeof value !== 'string' || value === '') return [];
    const text = takeCodePoints(value, MAX_UTM_LENGTH);
    return findInvisibleCharacter(text, 'line') === undefined ? [[name, text] as const] : [];
  });
  return given.length > 0 ? Object.fromEntries(given) : null;
}

const attributionSchema = z.object({
  id: z.uuid().optional(),
  code: z.string(),
  visitedAt: z.number(),
  utm: z.partialRecord(z.enum(UTM_PARAMETERS), z.string()).nullable(),
  isPrefetched: z.boolean().optional(),
});

const signAttribution = (ctx: AppCtx, attribution: Attribution): string =>
  ctx.attributionSigner.sign(Buffer.from(JSON.stringify(attribution)).toString('base64url'));

/** Undefined unless the signature is valid and the visit within `REFERRAL_WINDOW`. */
function verifyAttribution(ctx: AppCtx, signed: string | undefined): Attribution | undefined {
  const text = signed && ctx.attributionSigner.verify(signed);
  if (!text) return undefined;
  const { data: attribution } = attributionSchema.safeParse(
    tryParseJson(Buffer.from(text, 'base64url').toString()),
  );
  if (!attribution) return undefined;
  const age = Date.now() / 1_000 - attribution.visitedAt;
  return age < ctx.config.referralWindowSeconds ? attribution : undefined;
}

export const readAttribution = (ctx: Ctx): Attribution | undefined => verifyAttribution(ctx, ctx.attribution);

/** The salt is deleted with its day, so that nobody can trace the hash. */
async function hashVisitor(
  ctx: AppCtx,
  { id }: UsableLink,
  { address, userAgent = '' }: Visit,
): Promise<Buffer> {
  const day = new Date().toISOString().slice(0, 10);
  const { salt } = await ctx
    .cache<{ salt: Buffer }>('visitor-salts')
    .get(day, async () => ({ salt: await queries.findOrCreateVisitorSalt(ctx.db, day, randomBytes(32)) }));
  return createHmac('sha256', salt)
    .update(JSON.stringify([id, address, userAgent]))
    .digest()
    .subarray(0, 16);
}

/** Bots, prefetches, embedded and repeated visits don't count. The campaign credits the first or last usable code. */
export async function recordVisit(ctx: AppCtx, visit: Visit): Promise<RecordedVisit | undefined> {
  const link = await findUsableLink(ctx, visit.code);
  if (!link) return undefined;
  const { code, loading } = visit;
  const utm = parseUtm(visit.query);
  const earlier = verifyAttribution(ctx, visit.attribution);
  if (loading === 'embedded' || (visit.isSignUpPage && isJustVisited(earlier, code))) {
    return { code, utm, attribution: undefined };
  }
  await countVisit(ctx, link, visit);
  const first = earlier && (await findFirstTouch(ctx, visit, earlier));
  if (first && first.link.id !== link.id && loading === 'page' && !visit.isSignUpPage) {
    // The visitor reaches the sign-up page with the first link's code next, which is no visit to that link.
    await queries.markVisitorSeen(ctx.db, await hashVisitor(ctx, first.link, visit));
  }
  const attribution = first?.attribution ?? createAttribution(code, utm, loading);
  return { code: attribution.code, utm, attribution: signAttribution(ctx, attribution) };
}

const createAttribution = (code: string, utm: UtmParameters | null, loading: Loading): Attribution => ({
  id: generateId(),
  code,
  visitedAt: Math.floor(Date.now() / 1_000),
  utm,
  ...(loading === 'prefetch' && { isPrefetched: true }),
});

const isJustVisited = (attribution: Attribution | undefined, code: string): boolean =>
  attribution !== undefined &&
  !attribution.isPrefetched &&
  attribution.code.toLowerCase() === code.toLowerCase() &&
  Date.now() / 1_000 - attribution.visitedAt < VISIT_DEDUP_MINUTES * 60;

async function countVisit(ctx: AppCtx, link: UsableLink, visit: Visit): Promise<void> {
  const { userAgent = '', loading } = visit;
  if (userAgent === '' || isbot(userAgent) || loading !== 'page') return;
  const counted = await queries.insertCountedVisit(ctx.db, {
    linkId: link.id,
    referrerId: link.ownerId,
    visitorHash: await hashVisitor(ctx, link, visit),
    dedupMinutes: VISIT_DEDUP_MINUTES,
  });
  if (counted) await invalidateReferralStats(ctx, link.ownerId);
}

/** Stays credited under first touch, and after any prefetch. */
async function findFirstTouch(ctx: AppCtx, { loading }: Visit, attribution: Attribution) {
  if (loading !== 'prefetch' && (await getRunningCampaign(ctx)).attribution !== 'first') return undefined;
  const link = await findUsableLink(ctx, attribution.code);
  return link && { link, attribution };
}

/** For frontends that serve the sign-up page themselves. Throws `NOT_FOUND` if the code can't be used. */
export async function recordSignUpPageVisit(
  ctx: Ctx,
  { code, utm = {} }: { code: string; utm?: UtmParameters | undefined },
): Promise<void> {
  const { address, userAgent, attribution } = ctx;
  const visit = { code, address, userAgent, attribution, query: utm };
  const recorded = await recordVisit(ctx, { ...visit, loading: 'page', isSignUpPage: true });
  if (!recorded) throw new AppError('NOT_FOUND', 'Referral code not found');
  if (recorded.attribution !== undefined) ctx.setAttribution(recorded.attribution);
}

export const deleteVisitors = (ctx: AppCtx): Promise<void> =>
  queries.deleteOldVisitors(ctx.db, VISIT_DEDUP_MINUTES);
