import type { z } from 'zod';
import type { Ctx, MemberCtx } from '../../../core/context.ts';
import { readExpiringToken, signExpiringToken } from '../../../core/crypto/expiring-token.ts';
import { AppError } from '../../../core/errors.ts';
import { getReferrer, readCampaignReferrer } from '../../campaigns/referrers/service.ts';
import { answeredForCondition } from '../../workspaces/service.ts';
import { listNewestReferrals } from '../referrals/service.ts';
import { listNewestRewards } from '../rewards/service.ts';
import { findEmbeddedCampaign } from './queries.ts';
import type { createEmbedTokenInput, Embed, EmbedToken } from './schema.ts';

const NEWEST = 50;
const answeredFor = answeredForCondition('c.workspace_id');

/** Reads only what the referrer may see. Throws like `requireRole`. */
export async function createEmbedToken(
  ctx: MemberCtx,
  input: z.infer<typeof createEmbedTokenInput>,
): Promise<EmbedToken> {
  const { id } = await getReferrer(ctx, input);
  const expiresAt = new Date(Date.now() + input.expiresIn * 1_000);
  expiresAt.setMilliseconds(0);
  return { token: signExpiringToken(ctx.embedSigner, id, expiresAt), expiresAt: expiresAt.toISOString() };
}

/** Throws `UNAUTHENTICATED` unless the bearer token is an embed token that is still valid. */
export async function getEmbed(ctx: Ctx): Promise<Embed> {
  const { accessToken = '', isBearer } = ctx.credentials;
  const referrerId = isBearer ? readExpiringToken(ctx.embedSigner, accessToken) : null;
  const campaign =
    referrerId === null ? undefined : await findEmbeddedCampaign(ctx.db, referrerId, answeredFor);
  if (referrerId === null || !campaign)
    throw new AppError('UNAUTHENTICATED', 'This needs an embed token as bearer token. Get a new one.');
  const of = { campaignId: campaign.id, referrerId };
  const [referrer, referrals, rewards] = await Promise.all([
    readCampaignReferrer(ctx, { id: campaign.id, referrerId }),
    listNewestReferrals(ctx, of, NEWEST),
    listNewestRewards(ctx, of, NEWEST),
  ]);
  return { campaign, referrer, referrals, rewards };
}
