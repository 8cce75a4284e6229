import type { AppCtx, AppTrxCtx, Ctx, DbCtx, TrxCtx, UserCtx } from '../../../core/context.ts';
import { toWideNetwork } from '../../../core/http/client-address.ts';
import { readBrowserKind } from '../../../core/http/user-agent.ts';
import { findCountry } from '../../analytics/geo/service.ts';
import { recordDroppedMail } from '../../mail/service.ts';
import { MAX_USER_AGENT_LENGTH } from '../../security-events/schema.ts';
import { recordSecurityEvent } from '../../security-events/service.ts';
import { getAccount } from '../../users/service.ts';
import { hasRecentEmailToken, prepareEmailToken } from '../email-token/service.ts';
import { deleteDevice } from '../session/devices/queries.ts';
import {
  isFamiliar,
  MAX_ORIGINS_PER_USER,
  NEW_DEVICE_MAIL_MINUTES,
  ORIGIN_RETENTION_DAYS,
  type OriginMatch,
} from './policy.ts';
import * as queries from './queries.ts';
import type { SignInOrigin } from './schema.ts';

type Client = { ip: string | null; userAgent?: string | null | undefined };

function readOrigin(
  { keyedHash }: Pick<AppCtx, 'keyedHash'>,
  userId: string,
  { ip, userAgent }: Client,
): queries.OriginRow {
  // As long as the session keeps it, from which it is read again.
  const { family, label } = readBrowserKind(userAgent?.slice(0, MAX_USER_AGENT_LENGTH));
  const hash = (part: string) => keyedHash('signInOrigin', `${userId} ${part}`);
  return {
    userId,
    browserHash: hash(`browser ${family}`),
    networkHash: hash(`network ${toWideNetwork(ip ?? '')}`),
    browser: label,
  };
}

/** Parts of the statement that begins a session. */
export function prepareOrigin(
  ctx: Pick<Ctx, 'ip' | 'userAgent' | 'keyedHash'>,
  userId: string,
  deviceHash: Buffer,
) {
  const origin = readOrigin(ctx, userId, ctx);
  return {
    origin: queries.insertOriginPart(origin),
    originMatch: queries.matchOriginPart(origin, deviceHash),
  };
}

type NewSession = { userId: string; sessionId: string };

/** Tells the user of a sign-in on a new device. The caller holds the lock of the user's row. */
export async function judgeOrigin(
  ctx: Ctx & AppTrxCtx,
  { userId, sessionId }: NewSession,
  match: OriginMatch,
): Promise<void> {
  if (!match.sameOrigin) await queries.deleteOldestOrigins(ctx.db, userId, MAX_ORIGINS_PER_USER);
  if (isFamiliar(match)) return;
  await recordSecurityEvent(ctx, 'signed_in_on_new_device', { userId, sessionId });
  if (ctx.config.sendsNewDeviceMail) await mailNewDevice(ctx, { userId, sessionId });
}

/** Others within the hour go without a mail, so that nobody can flood a mailbox with them. */
async function mailNewDevice(ctx: Ctx & AppTrxCtx, { userId, sessionId }: NewSession): Promise<void> {
  const account = await getAccount(ctx, userId);
  if (!account.emailVerified) return recordDroppedMail(ctx, 'new-device', 'unverified');
  if (await hasRecentEmailToken(ctx, 'report_sign_in', { userId, minutes: NEW_DEVICE_MAIL_MINUTES })) return;
  const { emailToken, mail } = prepareEmailToken(ctx, 'report_sign_in', {
    ...account,
    sessionId,
    at: new Date(),
    country: await findCountry(ctx),
    browser: readBrowserKind(ctx.userAgent).label,
  });
  await emailToken.execute(ctx.db);
  await mail.execute(ctx.db);
}

export async function listSignInOrigins(ctx: UserCtx): Promise<SignInOrigin[]> {
  const rows = await queries.listOriginRows(ctx.db, ctx.principal.userId);
  return rows.map(({ browser, firstSeenAt, lastSeenAt }) => ({
    browser,
    firstSeenAt: firstSeenAt.toISOString(),
    lastSeenAt: lastSeenAt.toISOString(),
  }));
}

export { findSessionOrigin } from './queries.ts';

/** The next sign-in from there is one on a new device. */
export async function eraseOrigin(
  ctx: TrxCtx & Pick<AppCtx, 'keyedHash'>,
  userId: string,
  { deviceHash, ...client }: Client & { deviceHash: Buffer | null },
): Promise<void> {
  await queries.deleteOrigin(ctx.db, readOrigin(ctx, userId, client));
  if (deviceHash) await deleteDevice(ctx.db, userId, deviceHash);
}

/** Scheduled job. */
export const deleteOldOrigins = (ctx: DbCtx): Promise<void> =>
  queries.deleteUnusedOrigins(ctx.db, ORIGIN_RETENTION_DAYS);
