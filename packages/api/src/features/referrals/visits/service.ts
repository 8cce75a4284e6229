import { createHmac, randomBytes } from 'node:crypto';
import { isbot } from 'isbot';
import { z } from 'zod';
import type { AppCtx, Ctx } from '../../../core/context.ts';
import { tryParseJson } from '../../../core/text/json.ts';
import { sliceCodePoints } from '../../../core/text/validation.ts';
import { findInvisibleCharacter } from '../../../core/text/visibility.ts';
import { getRunningCampaign } from '../campaigns/service.ts';
import { findUsableLink } from '../links/service.ts';
import { invalidateReferralStats } from '../stats/service.ts';
import * as queries from './queries.ts';
import { UTM_PARAMETERS, type UtmParameters } from './schema.ts';

/** A repeated visit to a link within this time counts once. */
const VISIT_DEDUP_MINUTES = 60;
// Five parameters of this length in any script keep the cookie below the 4,096 bytes that browsers store.
const MAX_UTM_LENGTH = 100;

export type Visit = {
  code: string;
  address: string;
  userAgent: string | undefined;
  isPrefetch: boolean;
  query: Record<string, unknown>;
  /** The signed attribution that the client kept from an earlier visit. */
  attribution: string | undefined;
};

/** The visit that a sign-up will be credited to; `visitedAt` in seconds since 1970. */
export type Attribution = { code: string; visitedAt: number; utm: UtmParameters | null };

/** The code to credit, the signed attribution for the client to keep, and the UTM parameters of this visit. */
export type RecordedVisit = { code: string; attribution: string; utm: UtmParameters | null };

function parseUtm(query: Record<string, unknown>): UtmParameters | null {
  const given = UTM_PARAMETERS.flatMap((name) => {
    const value = query[name];
    if (typeof value !== 'string' || value === '') return [];
    const text = sliceCodePoints(value, MAX_UTM_LENGTH);
    return findInvisibleCharacter(text, 'line') === undefined ? [[name, text] as const] : [];
  });
  return given.length > 0 ? Object.fromEntries(given) : null;
}

const attributionSchema = z.object({
  code: z.string(),
  visitedAt: z.number(),
  utm: z.partialRecord(z.enum(UTM_PARAMETERS), z.string()).nullable(),
});

const signAttribution = (ctx: AppCtx, attribution: Attribution): string =>
  ctx.attributionSigner.sign(Buffer.from(JSON.stringify(attribution)).toString('base64url'));

/** Returns the attribution if its signature is valid and it is within `REFERRAL_WINDOW`. */
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

/** Hashes a visitor under the day's salt, which is deleted with the day so that nobody can trace the hash. */
async function hashVisitor(ctx: AppCtx, ...words: string[]): Promise<Buffer> {
  const day = new Date().toISOString().slice(0, 10);
  const { salt } = await ctx
    .cache<{ salt: Buffer }>('visitor-salts')
    .get(day, async () => ({ salt: await queries.findOrCreateVisitorSalt(ctx.db, day, randomBytes(32)) }));
  return createHmac('sha256', salt).update(JSON.stringify(words)).digest().subarray(0, 16);
}

/**
 * Counts a visit to a referral link and returns which code to credit; undefined if the code can't be used. Bots,
 * prefetches and repeated visits don't count. Depending on the campaign, the credited code is the last one
 * visited, or the first as long as it is valid and usable.
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
      visitorHash: await hashVisitor(ctx, link.id, address, userAgent),
      dedupMinutes: VISIT_DEDUP_MINUTES,
    });
    if (counted) await invalidateReferralStats(ctx, link.ownerId);
  }
  const first = await findFirstTouch(ctx, visit);
  const utm = parseUtm(visit.query);
  const attribution = first ?? { code, visitedAt: Math.floor(Date.now() / 1_000), utm };
  return { code: attribution.code, utm, attribution: signAttribution(ctx, attribution) };
}

/** Returns the earlier attribution if it stays credited: under first touch, and after any prefetch. */
async function findFirstTouch(ctx: AppCtx, visit: Visit): Promise<Attribution | undefined> {
  const earlier = verifyAttribution(ctx, visit.attribution);
  if (!earlier) return undefined;
  if (!visit.isPrefetch && (await getRunningCampaign(ctx)).attribution !== 'first') return undefined;
  return (await findUsableLink(ctx, earlier.code)) ? earlier : undefined;
}

/** Scheduled job: deletes visitors older than the dedup window and the salts of past days. */
export const deleteVisitors = (ctx: AppCtx): Promise<void> =>
  queries.deleteOldVisitors(ctx.db, VISIT_DEDUP_MINUTES);
