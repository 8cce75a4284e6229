import type { AppTrxCtx } from '../../../core/context.ts';
import { canonicalizeMailbox } from '../../../core/text/mailbox-providers.ts';
import { markAnalyticsForErasure } from '../../analytics/erasure/service.ts';
import { deleteEventsOfUser } from '../../events/service.ts';
import { deleteAnswersOfUser } from '../../idempotency/service.ts';
import { deleteMailTo } from '../../mail/service.ts';
import { deleteWorkspacesOfUser } from '../../pages/ownership/service.ts';
import { removeFromAudiences } from '../../referrals/campaigns/groups/service.ts';
import { disableLinksOfUser } from '../../referrals/links/service.ts';
import { rejectReferralOfLeaver } from '../../referrals/qualification/service.ts';
import { removeUnprovenReferral } from '../../referrals/sign-up/service.ts';
import { anonymiseSecurityEvents, recordSecurityEvent } from '../../security-events/service.ts';
import { anonymiseUser, invalidateUser } from '../../users/service.ts';
import { deleteCredentials } from '../credentials/service.ts';
import { deleteEmailTokens } from '../email-token/service.ts';
import { deleteSessions } from '../session/service.ts';
import { clearAttemptsOnAccount } from '../throttle/service.ts';

/** Throws `LAST_OWNER` if a team needs the account. The caller holds the row's lock. Without a verified address nothing stays: no held name, keyed hash or referral. */
export async function anonymiseAccount(
  ctx: AppTrxCtx,
  account: { id: string; email: string; emailVerified: boolean },
): Promise<void> {
  const { id: userId, email, emailVerified } = account;
  const emailCanonical = canonicalizeMailbox(email);
  const emailHmac = emailVerified ? ctx.emailHash(emailCanonical) : null;
  await deleteAnswersOfUser(ctx, userId);
  const pageIds = await deleteWorkspacesOfUser(ctx, { userId, emailCanonical, emailHmac });
  await markAnalyticsForErasure(ctx, pageIds);
  await recordSecurityEvent(ctx, 'account_deleted', { userId });
  await anonymiseSecurityEvents(ctx, userId);
  await deleteCredentials(ctx, userId);
  await deleteSessions(ctx, userId, { rememberDevices: emailVerified });
  if (!emailVerified) await removeUnprovenReferral(ctx, userId);
  await rejectReferralOfLeaver(ctx, userId);
  await deleteEmailTokens(ctx, userId);
  await clearAttemptsOnAccount(ctx, userId);
  await disableLinksOfUser(ctx, userId);
  await removeFromAudiences(ctx, userId);
  await deleteEventsOfUser(ctx, userId);
  await deleteMailTo(ctx, { userId, address: email });
  await anonymiseUser(ctx.db, userId, emailHmac);
  await invalidateUser(ctx, userId);
}
