import { z } from 'zod';
import type { CapturedRequest, LinkOrigin, VisitUtm } from '../../../core/capture/capture.ts';
import type { AppCtx, CacheCtx, Ctx, TrxCtx } from '../../../core/context.ts';
import { generateId } from '../../../core/crypto/ids.ts';
import { AppError } from '../../../core/errors.ts';
import { tryParseJson } from '../../../core/text/json.ts';
import { takeCodePoints } from '../../../core/text/validation.ts';
import { findInvisibleCharacter } from '../../../core/text/visibility.ts';
import { type Loading, readLoading } from '../../analytics/capture/service.ts';
import type { LinkVisit } from '../../analytics/schema.ts';
import { getCampaignOfReferrer, isFirstLinkCredited } from '../campaigns/service.ts';
import { findAnyLink, findLinkLandingUrl, findUsableLink, type UsableLink } from '../links/service.ts';
import { findLinkOrigin } from '../sources/service.ts';
import { invalidateReferralStats } from '../stats/service.ts';
import * as queries from './queries.ts';
import { UTM_PARAMETERS, type UtmParameters } from './schema.ts';

const VISIT_DEDUP_MINUTES = 60;
// Five parameters of this length in any script keep the cookie below the 4,096 bytes that browsers store.
const MAX_UTM_LENGTH = 100;

export type Visit = {
  code: string;
  request: CapturedRequest;
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
  /** Where the link was found, if it was not given to the visitor. */
  source?: LinkOrigin['source'] | undefined;
  /** The page, which belonged to an owner of the link at the time of the visit. */
  pageId?: string | undefined;
};

/** `attribution` is for the client to keep; undefined if it keeps what it has. */
export type RecordedVisit = {
  code: string;
  attribution: string | undefined;
  utm: UtmParameters | null;
  /** Of the visited link, where it leads instead of the sign-up page. */
  landingUrl: string | undefined;
};

export function parseUtm(query: Record<string, unknown>): UtmParameters | null {
  const given = UTM_PARAMETERS.flatMap((name) => {
    const value = query[name];
    if (typeof value !== 'string' || value === '') return [];
    const text = takeCodePoints(value, MAX_UTM_LENGTH);
    return findInvisibleCharacter(text, 'line') === undefined ? [[name, text] as const] : [];
  });
  return given.length > 0 ? Object.fromEntries(given) : null;
}

function toVisitUtm(utm: UtmParameters | null): VisitUtm | undefined {
  const { utm_source: source = '', utm_medium: medium = '', utm_campaign: campaign = '' } = utm ?? {};
  return source || medium || campaign ? { source, medium, campaign } : undefined;
}

const attributionSchema = z.object({
  id: z.uuid().optional(),
  code: z.string(),
  visitedAt: z.number(),
  utm: z.partialRecord(z.enum(UTM_PARAMETERS), z.string()).nullable(),
  isPrefetched: z.boolean().optional(),
  source: z.enum(['page', 'qr']).optional(),
  pageId: z.uuid().optional(),
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

/** Bots, prefetches, embedded and repeated visits don't count. Credits the first or last usable code. */
export async function recordVisit(ctx: AppCtx, visit: Visit): Promise<RecordedVisit | undefined> {
  const link = await findUsableLink(ctx, visit.code);
  if (!link) return undefined;
  const { code, request } = visit;
  const loading = request.given ? 'page' : readLoading(request);
  const utm = parseUtm(visit.query);
  const landingUrl = findLinkLandingUrl(ctx, link);
  const earlier = verifyAttribution(ctx, visit.attribution);
  if (loading === 'embedded' || (visit.isSignUpPage && isJustVisited(earlier, code))) {
    return { code, utm, landingUrl, attribution: undefined };
  }
  const origin = await findLinkOrigin(ctx, link, visit.query);
  captureVisit(ctx, link, request, { origin, utm: toVisitUtm(utm) });
  const first = earlier && (await findFirstTouch(ctx, loading, earlier));
  if (first && first.link.id !== link.id && loading === 'page' && !visit.isSignUpPage) {
    // The visitor reaches the sign-up page with the first link's code next, which is no visit to that link.
    captureVisit(ctx, first.link, request, { isCounted: false });
  }
  const attribution = first?.attribution ?? createAttribution({ code, utm, loading, origin });
  return { code: attribution.code, utm, landingUrl, attribution: signAttribution(ctx, attribution) };
}

/** Counts a visit to a link that is used up, expired or disabled; an unknown code belongs to nobody. Returns its `utm_` parameters. */
export async function recordMissedVisit(
  ctx: AppCtx,
  { code, request, query }: Pick<Visit, 'code' | 'request' | 'query'>,
): Promise<UtmParameters | null> {
  const utm = parseUtm(query);
  const link = readLoading(request) === 'embedded' ? undefined : await findAnyLink(ctx, code);
  if (!link) return utm;
  const subject = { kind: 'visit' as const, linkId: link.id, ownerId: link.ownerId, isCounted: true };
  ctx.recorder.push({ ...request, subject: { ...subject, isMissed: true } });
  return utm;
}

type NewAttribution = Pick<Attribution, 'code' | 'utm'> & {
  loading: Loading;
  origin: LinkOrigin | undefined;
};

const createAttribution = ({ code, utm, loading, origin }: NewAttribution): Attribution => ({
  id: generateId(),
  code,
  visitedAt: Math.floor(Date.now() / 1_000),
  utm,
  ...(loading === 'prefetch' && { isPrefetched: true }),
  ...(origin && { source: origin.source }),
  ...(origin?.source === 'page' && { pageId: origin.pageId }),
});

const isJustVisited = (attribution: Attribution | undefined, code: string): boolean =>
  attribution !== undefined &&
  !attribution.isPrefetched &&
  attribution.code.toLowerCase() === code.toLowerCase() &&
  Date.now() / 1_000 - attribution.visitedAt < VISIT_DEDUP_MINUTES * 60;

const captureVisit = (
  ctx: AppCtx,
  { id, ownerId }: UsableLink,
  request: CapturedRequest,
  {
    isCounted = true,
    origin,
    utm,
  }: { isCounted?: boolean; origin?: LinkOrigin | undefined; utm?: VisitUtm | undefined } = {},
): void =>
  ctx.recorder.push({
    ...request,
    subject: { kind: 'visit', linkId: id, ownerId, isCounted, isMissed: false, origin, utm },
  });

/** Part of the transaction of a batch of analytics. */
export async function writeLinkVisits(ctx: CacheCtx & TrxCtx, visits: LinkVisit[]): Promise<void> {
  const first = [...new Map(visits.toReversed().map((visit) => [visit.visitor, visit])).values()];
  const [counted, uncounted] = [true, false].map((isCounted) =>
    first.filter((visit) => visit.isCounted === isCounted),
  );
  if (counted?.length) {
    const referrerIds = await queries.insertCountedVisits(ctx.db, counted, VISIT_DEDUP_MINUTES);
    for (const referrerId of referrerIds) await invalidateReferralStats(ctx, referrerId);
  }
  if (uncounted?.length) await queries.markVisitorsSeen(ctx.db, uncounted);
}

/** Stays credited after any prefetch, and under first touch, which the campaign of its referrer decides. */
async function findFirstTouch(ctx: AppCtx, loading: Loading, attribution: Attribution) {
  if (loading !== 'prefetch' && !(await isFirstLinkCredited(ctx))) return undefined;
  const link = await findUsableLink(ctx, attribution.code);
  if (!link) return undefined;
  if (loading === 'prefetch') return { link, attribution };
  const { attribution: credited } = await getCampaignOfReferrer(ctx, link.ownerId);
  return credited === 'first' ? { link, attribution } : undefined;
}

/** For frontends that serve the sign-up page themselves. Throws `NOT_FOUND` if the code can't be used. */
export async function recordSignUpPageVisit(
  ctx: Ctx,
  { code, utm = {} }: { code: string; utm?: UtmParameters | undefined },
): Promise<void> {
  const request = { ...ctx.capture(), given: {} };
  const { attribution } = ctx;
  const recorded = await recordVisit(ctx, { code, request, attribution, query: utm, isSignUpPage: true });
  if (!recorded) throw new AppError('NOT_FOUND', 'Referral code not found');
  if (recorded.attribution !== undefined) ctx.setAttribution(recorded.attribution);
}

export const deleteVisitors = (ctx: AppCtx): Promise<void> =>
  queries.deleteOldVisitors(ctx.db, VISIT_DEDUP_MINUTES);
