import type { AppCtx } from '../../../core/context.ts';
import { hashWithSha256 } from '../../../core/crypto/crypto.ts';
import { readExpiringToken, signExpiringToken } from '../../../core/crypto/expiring-token.ts';

const WARNING_MINUTES = 10;

type Target = { blockId: string; url: string };

/** Names the target too, so that a link which changes meanwhile is warned of again. */
const toSubject = ({ blockId, url }: Target): string =>
  `leave:${blockId}:${hashWithSha256(url).toString('base64url')}`;

/** For the link of a warning: nobody else can make a link that skips it. */
export const signWarning = (ctx: AppCtx, target: Target): string =>
  signExpiringToken(ctx.gateSigner, toSubject(target), new Date(Date.now() + WARNING_MINUTES * 60_000));

export const isWarned = (ctx: AppCtx, target: Target, leave = ''): boolean =>
  readExpiringToken(ctx.gateSigner, leave) === toSubject(target);
