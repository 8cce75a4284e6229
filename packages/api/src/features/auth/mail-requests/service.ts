import type { EmailTokenPurpose } from '@linkgrove/db';
import type { AppTrxCtx, Ctx } from '../../../core/context.ts';
import { hashClientNetwork } from '../../../core/http/client-address.ts';
import type { Account } from '../../users/service.ts';
import { hasLiveEmailToken } from '../email-token/service.ts';
import { isKnownDevice } from '../session/service.ts';
import { countResetRequest, identifyClient } from '../throttle/service.ts';

/** A reset link that works for less time than this does not stop another mail. */
const RESET_LINK_REST_MINUTES = 10;

/** A device that has signed in before has a budget that does not depend on the requested account. */
export async function limitMailRequests(ctx: Ctx): Promise<void> {
  try {
    ctx.reportLimit(await ctx.limiter.consume('forgot', ctx.address));
  } catch (error) {
    const { deviceHash } = identifyClient(ctx);
    if (!(await isKnownDevice(ctx, deviceHash))) throw error;
    ctx.reportLimit(await ctx.limiter.consume('forgotDevice', deviceHash.toString('hex')));
  }
}

/** A stranger's requests never keep a link from the owner, only another one while a link works. */
export async function takeMailRequest(
  ctx: AppTrxCtx,
  { id: userId, email }: Account,
  { purpose, origin }: { purpose: EmailTokenPurpose; origin: { ip: string; deviceHash: string } },
): Promise<boolean> {
  const { ip, deviceHash } = origin;
  const client = {
    deviceHash: Buffer.from(deviceHash, 'hex'),
    networkHash: hashClientNetwork({ ip, keyedHash: ctx.keyedHash }),
  };
  if (await countResetRequest(ctx, userId, client)) return true;
  const restMinutes = purpose === 'reset_password' ? RESET_LINK_REST_MINUTES : 0;
  return !(await hasLiveEmailToken(ctx, purpose, { userId, email, restMinutes }));
}
