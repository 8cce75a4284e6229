import { withTransaction } from '@linkgrove/db';
import { z } from 'zod';
import type { CapturedRequest } from '../../../core/capture/capture.ts';
import type { AppCtx, DbCtx } from '../../../core/context.ts';
import { generateId, isUuid } from '../../../core/crypto/ids.ts';
import { tryParseJson } from '../../../core/text/json.ts';
import { checkUrl } from '../../../core/text/urls.ts';
import { loadHostJudge } from '../../blocked-hosts/service.ts';
import { readLoading } from '../../analytics/capture/service.ts';
import {
  type ActiveReferrer,
  findLandingUrl,
  findReferrerByCode,
  findReferrerById,
} from '../../campaigns/referrers/service.ts';
import { buildLinkUrl } from '../../referrals/links/service.ts';
import { parseUtm } from '../../referrals/visits/service.ts';
import { CLICK_DEDUP_MINUTES } from '../policy.ts';
import * as queries from './queries.ts';

/** The query parameter by which a click reaches the product. */
const CLICK_PARAMETER = 'lg_click';
const MAX_AGENT_LENGTH = 1_000;

export async function storeClick(ctx: DbCtx, referrerId: string, url: string | null): Promise<string> {
  const id = generateId();
  await queries.insertClick(ctx.db, { id, referrerId, url });
  return id;
}

/** Undefined unless the click is of this workspace, within `REFERRAL_WINDOW`, and its link still works. */
export async function findClickedReferrer(
  ctx: Pick<AppCtx, 'config'> & DbCtx,
  workspaceId: string,
  clickId: string,
): Promise<ActiveReferrer | undefined> {
  if (!isUuid(clickId)) return undefined;
  const click = await queries.findClick(ctx.db, clickId, ctx.config.referralWindowSeconds);
  const referrer = click && (await findReferrerById(ctx, click.referrerId));
  return referrer?.workspaceId === workspaceId ? referrer : undefined;
}

const keptClickSchema = z.object({
  clickId: z.uuid(),
  referrerId: z.uuid(),
  campaignId: z.uuid(),
  /** In seconds since 1970. */
  at: z.number(),
});
type KeptClick = z.infer<typeof keptClickSchema>;

const signKeptClick = (ctx: AppCtx, click: KeptClick): string =>
  ctx.clickSigner.sign(Buffer.from(JSON.stringify(click)).toString('base64url'));

function readKeptClick(ctx: AppCtx, signed: string | undefined): KeptClick | undefined {
  const text = signed && ctx.clickSigner.verify(signed);
  return text
    ? keptClickSchema.safeParse(tryParseJson(Buffer.from(text, 'base64url').toString())).data
    : undefined;
}

const nowInSeconds = () => Math.floor(Date.now() / 1_000);

/** A reload is the same click, and so is another link of the campaign if the first one is credited. */
async function findRepeatedClick(
  ctx: AppCtx,
  { id, campaignId, workspaceId, attribution }: ActiveReferrer,
  kept: KeptClick | undefined,
): Promise<KeptClick | undefined> {
  if (kept?.campaignId !== campaignId) return undefined;
  const isReload = kept.referrerId === id && nowInSeconds() - kept.at < CLICK_DEDUP_MINUTES * 60;
  if (isReload) return kept;
  if (attribution !== 'first') return undefined;
  return (await findClickedReferrer(ctx, workspaceId, kept.clickId)) ? kept : undefined;
}

async function isCounted(request: CapturedRequest): Promise<boolean> {
  if (readLoading(request) !== 'page') return false;
  const userAgent = String(request.headers['user-agent'] ?? '').slice(0, MAX_AGENT_LENGTH);
  const { isbot } = await import('isbot');
  return userAgent !== '' && !isbot(userAgent);
}

function buildLanding(landingUrl: string, query: Record<string, unknown>, clickId: string | undefined) {
  const { href } = checkUrl('link', landingUrl);
  if (href === undefined) return undefined;
  const url = new URL(href);
  for (const [name, value] of Object.entries(parseUtm(query) ?? {})) url.searchParams.set(name, value);
  if (clickId !== undefined) url.searchParams.set(CLICK_PARAMETER, clickId);
  return url.href;
}

export type LinkOpening = {
  code: string;
  request: CapturedRequest;
  query: Record<string, unknown>;
  kept: string | undefined;
};

/** `kept` is for the browser to keep; undefined if it keeps what it has. Ask the visitor before a `suspicious` host. */
export type OpenedLink = { url: string; kept: string | undefined; suspicious: boolean };

/**
 * `/r/{code}` of a campaign: leads to the product with the click's ID. Bots, prefetches and embedded loads are led
 * there without one, and so is everyone by a link that credits nobody any more. Undefined if the code is nobody's or the
 * campaign has no landing URL.
 */
export async function openCampaignLink(ctx: AppCtx, opening: LinkOpening): Promise<OpenedLink | undefined> {
  const referrer = await findReferrerByCode(ctx, opening.code);
  const landingUrl = referrer ? referrer.landingUrl : await findLandingUrl(ctx, opening.code);
  if (landingUrl === null || landingUrl === undefined) return undefined;
  const judge = await loadHostJudge(ctx, landingUrl);
  const level = judge(landingUrl);
  if (level === 'blocked') return undefined;
  const suspicious = level === 'suspicious';
  const toOpened = (clickId: string | undefined, kept: string | undefined) => {
    const url = buildLanding(landingUrl, opening.query, clickId);
    return url === undefined ? undefined : { url, kept, suspicious };
  };
  if (!referrer || !(await isCounted(opening.request))) return toOpened(undefined, undefined);
  const repeated = await findRepeatedClick(ctx, referrer, readKeptClick(ctx, opening.kept));
  if (repeated) return toOpened(repeated.clickId, undefined);
  const { id: referrerId, campaignId } = referrer;
  const clickId = await storeClick(ctx, referrerId, null);
  return toOpened(clickId, signKeptClick(ctx, { clickId, referrerId, campaignId, at: nowInSeconds() }));
}

export async function findCampaignLinkUrl(ctx: AppCtx, code: string): Promise<string | undefined> {
  const referrer = await findReferrerByCode(ctx, code);
  return referrer && referrer.landingUrl !== null ? buildLinkUrl(ctx, referrer.code) : undefined;
}

const FOLD_BATCH = 5_000;

/** Scheduled job: clicks that can credit nobody any more are kept as counts of their day. */
export async function deleteOldClicks(ctx: AppCtx): Promise<void> {
  const seconds = ctx.config.referralWindowSeconds;
  const foldBatch = () => withTransaction(ctx, ({ db }) => queries.foldOldClicks(db, seconds, FOLD_BATCH));
  while ((await foldBatch()) === FOLD_BATCH);
}
