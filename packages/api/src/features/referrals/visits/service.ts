import { createHmac, randomBytes } from 'node:crypto';
import { isbot } from 'isbot';
import { z } from 'zod';
import type { AppCtx, Ctx } from '../../../core/context.ts';
import { tryParseJson } from '../../../core/text/json.ts';
import { UNPRINTABLE_CHARACTERS } from '../../../core/text/validation.ts';
import { getRunningCampaign } from '../campaigns/service.ts';
import { findUsableLink } from '../links/service.ts';
import { UTM_PARAMETERS, type UtmParameters } from './schema.ts';
import { invalidateReferralStats } from '../stats/service.ts';
import * as queries from './queries.ts';

/** What is known of who opens a referral link. */
export type Visit = {
  code: string;
  address: string;
  userAgent: string | undefined;
  isPrefetch: boolean;
  /** The parameters of the address that was opened. */
  query: Record<string, unknown>;
  /** What an earlier visit left with the client. */
  attribution: string | undefined;
};

/** What a visit leaves with the client; `visitedAt` in seconds since 1970. */
export type Attribution = { code: string; visitedAt: number; utm: UtmParameters | null };

/** Who is credited after a visit, what the client is to keep, signed, and the campaign it came by. */
export type RecordedVisit = { code: string; attribution: string; utm: UtmParameters | null };

// Five of them in any script leave the cookie below the 4,096 bytes that browsers keep.
const MAX_UTM_LENGTH = 100;

function utmOf(query: Record<string, unknown>): UtmParameters | null {
  const given = UTM_PARAMETERS.flatMap((name) => {
    const value = query[name];
    if (typeof value !== 'string' || value === '' || UNPRINTABLE_CHARACTERS.test(value)) return [];
    return [[name, [...value].slice(0, MAX_UTM_LENGTH).join('')] as const];
  });
  return given.length > 0 ? Object.fromEntries(given) : null;
}

const sealed = z.object({
  code: z.string(),
  visitedAt: z.number(),
  utm: z.partialRecord(z.enum(UTM_PARAMETERS), z.string()).nullable(),
});

const seal = (ctx: AppCtx, attribution: Attribution): string =>
  ctx.attributionSigner.sign(Buffer.from(JSON.stringify(attribution)).toString('base64url'));

/** What a visit left, if we signed it and it is not older than `REFERRAL_WINDOW`. */
function unseal(ctx: AppCtx, signed: string | undefined): Attribution | undefined {
  const text = signed && ctx.attributionSigner.verify(signed);
  if (!text) return undefined;
  const { data: attribution } = sealed.safeParse(tryParseJson(Buffer.from(text, 'base64url').toString()));
  if (!attribution) return undefined;
  const age = Date.now() / 1_000 - attribution.visitedAt;
  return age < ctx.config.referralWindowSeconds ? attribution : undefined;
}

/** The referral link that the client is remembered to have come by; undefined if there is none. */
export const readAttribution = (ctx: Ctx): Attribution | undefined => unseal(ctx, ctx.attribution);

/** Who it was, told apart for a day and never known: the day's salt is destroyed with the day. */
async function visitorHash(ctx: AppCtx, ...words: string[]): Promise<Buffer> {
  const day = new Date().toISOString().slice(0, 10);
  const { salt } = await ctx
    .cache<{ salt: Buffer }>('visitor-salts')
    .get(day, async () => ({ salt: await queries.findOrCreateVisitorSalt(ctx.db, day, randomBytes(32)) }));
  return createHmac('sha256', salt).update(JSON.stringify(words)).digest().subarray(0, 16);
}

/**
 * Counts a visit to a referral link and tells who is to be credited; undefined where the code cannot be used.
 * Bots, prefetches and reloads within the hour are not counted. Of several links the campaign credits the
 * last, or the first for as long as it is remembered and can be used.
 */
export async function recordVisit(ctx: AppCtx, visit: Visit): Promise<RecordedVisit | undefined> {
  const link = await findUsableLink(ctx, visit.code);
  if (!link) return undefined;
  const { code, address, userAgent = '' } = visit;
  const isPerson = userAgent !== '' && !isbot(userAgent) && !visit.isPrefetch;
  if (isPerson) {
    const counted = await queries.insertCountedVisit(ctx.db, {
      linkId: link.id,
      referrerId: link.ownerId,
      visitorHash: await visitorHash(ctx, link.id, address, userAgent),
    });
    if (counted) await invalidateReferralStats(ctx, link.ownerId);
  }
  const first = await findFirstTouch(ctx, visit);
  const utm = utmOf(visit.query);
  const attribution = first ?? { code, visitedAt: Math.floor(Date.now() / 1_000), utm };
  return { code: attribution.code, utm, attribution: seal(ctx, attribution) };
}

/** The earlier visit that stays credited: where the campaign credits the first, or nobody has opened the link. */
async function findFirstTouch(ctx: AppCtx, visit: Visit): Promise<Attribution | undefined> {
  const earlier = unseal(ctx, visit.attribution);
  if (!earlier) return undefined;
  if (!visit.isPrefetch && (await getRunningCampaign(ctx)).attribution !== 'first') return undefined;
  return (await findUsableLink(ctx, earlier.code)) ? earlier : undefined;
}

/** Upkeep: destroys the salts of past days and forgets who was seen more than an hour ago. */
export const deleteVisitors = (ctx: AppCtx): Promise<void> => queries.deleteOldVisitors(ctx.db);
