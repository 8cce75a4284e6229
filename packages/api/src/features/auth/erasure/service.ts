import type { AppTrxCtx } from '../../../core/context.ts';
import { canonicalizeEmail } from '../../../core/text/email-address.ts';
import { deleteMailTo } from '../../mail/service.ts';
import { deletePagesOfUser } from '../../pages/service.ts';
import { disableLinksOfUser } from '../../referrals/links/service.ts';
import { anonymiseSecurityEvents, recordSecurityEvent } from '../../security-events/service.ts';
import { anonymiseUser, invalidateUser } from '../../users/service.ts';
import { deleteEmailTokens } from '../email-token/service.ts';
import { deleteSessions } from '../session/service.ts';
import { clearAttemptsOnAccount } from '../throttle/service.ts';

/** Deletes an account with all personal data. Counts that others see stay. The caller holds the lock of its row. */
export async function anonymiseAccount(
  ctx: AppTrxCtx,
  account: { id: string; email: string },
): Promise<void> {
  const { id: userId, email } = account;
  await recordSecurityEvent(ctx, 'account_deleted', { userId });
  await anonymiseSecurityEvents(ctx, userId);
  await deleteSessions(ctx, userId);
  await deleteEmailTokens(ctx, userId);
  await clearAttemptsOnAccount(ctx, userId);
  await disableLinksOfUser(ctx, userId);
  await deletePagesOfUser(ctx, { userId, emailCanonical: canonicalizeEmail(email) });
  await deleteMailTo(ctx, { userId, address: email });
  await anonymiseUser(ctx.db, userId, ctx.emailHash(canonicalizeEmail(email)));
  await invalidateUser(ctx, userId);
}
