import { withTransaction } from '@linkgrove/db';
import type { AppTrxCtx, Ctx, DbCtx, SessionCtx, TrxCtx } from '../../../../core/context.ts';
import { generateId } from '../../../../core/crypto/ids.ts';
import { AppError } from '../../../../core/errors.ts';
import { MAX_USER_AGENT_LENGTH } from '../../../security-events/schema.ts';
import { recordSecurityEvent } from '../../../security-events/service.ts';
import { formatDevice } from '../../session/service.ts';
import { MAX_TRUSTED_DEVICES, TRUST_DAYS } from '../policy.ts';
import * as queries from './queries.ts';
import type { TrustedDevice } from './schema.ts';

const hashDevice = (ctx: Pick<Ctx, 'device' | 'keyedHash'>): Buffer => ctx.keyedHash('device', ctx.device());

/** The browser is recognised by the cookie that names it, which every sign-in sets. */
export async function trustDevice(ctx: Ctx & AppTrxCtx, userId: string): Promise<void> {
  const userAgent = ctx.userAgent?.slice(0, MAX_USER_AGENT_LENGTH) ?? null;
  const device = { id: generateId(), userId, deviceHash: hashDevice(ctx), userAgent };
  await queries.insertTrustedDevice(ctx.db, device, TRUST_DAYS);
  await queries.deleteOldestTrustedDevices(ctx.db, userId, MAX_TRUSTED_DEVICES);
  await recordSecurityEvent(ctx, 'device_trusted', { userId });
}

export const isDeviceTrusted = (ctx: Ctx, userId: string): Promise<boolean> =>
  queries.hasTrustedDevice(ctx.db, { userId, deviceHash: hashDevice(ctx) });

export async function listTrustedDevices(ctx: SessionCtx): Promise<{ items: TrustedDevice[] }> {
  const rows = await queries.listTrustedDeviceRows(ctx.db, ctx.principal.userId);
  const current = hashDevice(ctx);
  const items = rows.map(({ id, deviceHash, userAgent, createdAt, expiresAt }) => ({
    id,
    device: formatDevice(userAgent),
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    current: deviceHash.equals(current),
  }));
  return { items };
}

export async function endTrustedDevice(ctx: SessionCtx, { id }: { id: string }): Promise<void> {
  const { userId, sessionId } = ctx.principal;
  await withTransaction(ctx, async (trx) => {
    if (!(await queries.deleteTrustedDevice(trx.db, userId, id)))
      throw new AppError('NOT_FOUND', 'Trusted device not found');
    await recordSecurityEvent(trx, 'device_untrusted', { userId, sessionId });
  });
}

/** For a browser in which somebody else has signed in. */
export const endTrustOfDevice = (ctx: TrxCtx, userId: string, deviceHash: Buffer): Promise<void> =>
  queries.deleteTrustOfDevice(ctx.db, userId, deviceHash);

/** For every change after which a code must be asked for again. */
export const endTrustOfUser = (ctx: DbCtx, userId: string): Promise<void> =>
  queries.deleteTrustedDevices(ctx.db, userId);

/** Scheduled job. */
export const deleteOldTrustedDevices = (ctx: DbCtx): Promise<void> =>
  queries.deleteExpiredTrustedDevices(ctx.db);
