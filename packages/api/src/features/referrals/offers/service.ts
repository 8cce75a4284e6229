import type { z } from 'zod';
import type { AppCtx } from '../../../core/context.ts';
import { AppError } from '../../../core/errors.ts';
import { NO_CAMPAIGN } from '../campaigns/policy.ts';
import { getCampaignOfReferrer, getRunningCampaign } from '../campaigns/service.ts';
import { findLinkOwner, findUsableLink } from '../links/service.ts';
import type { CampaignOffer, referralCodeOutput } from './schema.ts';

/** Null while no campaign applies. `referrerId` null: the campaign for everyone. */
export async function findCampaignOffer(
  ctx: AppCtx,
  referrerId: string | null,
): Promise<CampaignOffer | null> {
  const campaign = await (referrerId === null
    ? getRunningCampaign(ctx)
    : getCampaignOfReferrer(ctx, referrerId));
  const { id, name, version, startedAt, endsAt } = campaign;
  if (id === NO_CAMPAIGN || !startedAt) return null;
  const { referrerCredits, referredCredits, milestones, requiresPage, minAgeSeconds } = campaign;
  const { holdDays, cap, capPeriod, timezone } = campaign;
  const toBoth = { referrerCredits, referredCredits, milestones, requiresPage, minAgeSeconds };
  const limits = { holdDays, cap, capPeriod, timezone };
  const times = { startedAt: startedAt.toISOString(), endsAt: endsAt?.toISOString() ?? null };
  return { id, name, version, ...toBoth, ...limits, ...times };
}

const createCodeNotFoundError = () => new AppError('NOT_FOUND', 'Referral code not found');

/** Public. Throws `NOT_FOUND` if the code can't be used now, or no campaign applies. */
export async function getCurrentCampaign(ctx: AppCtx, { code }: { code?: string | undefined }) {
  const link = code === undefined ? undefined : await findUsableLink(ctx, code);
  if (code !== undefined && !link) throw createCodeNotFoundError();
  const offer = await findCampaignOffer(ctx, link?.ownerId ?? null);
  if (!offer) throw new AppError('NOT_FOUND', 'No campaign runs at the moment');
  return offer;
}

/** Public. Throws `NOT_FOUND` if the code can't be used now. */
export async function getReferralCode(
  ctx: AppCtx,
  input: { code: string },
): Promise<z.infer<typeof referralCodeOutput>> {
  const link = await findUsableLink(ctx, input.code);
  const found = link && (await findLinkOwner(ctx, link.id));
  if (!found || found.username === null) throw createCodeNotFoundError();
  const { code, username, displayName, avatarUrl } = found;
  const campaign = await findCampaignOffer(ctx, link.ownerId);
  return { code, referrer: { username, displayName, avatarUrl }, campaign };
}
