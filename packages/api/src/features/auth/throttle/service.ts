import type { AppCtx, Ctx, DbCtx } from '../../../core/context.ts';
import { hashWithSha256 } from '../../../core/crypto/crypto.ts';
import { hashClientNetwork } from '../../../core/http/client-address.ts';
import type { Budget } from '../../../core/limits/budgets.ts';
import { AppError } from '../../../core/errors.ts';
import { createRateLimitedError } from '../../../core/limits/rate-limiter.ts';
import {
  KNOWN_DEVICE_DAYS,
  KNOWN_NETWORK_DAYS,
  listBlockSeconds,
  STRIKE_RETENTION_SECONDS,
  UNLOCK_BUDGET,
  WRONG_UNLOCKS_BUDGET,
} from './policy.ts';
import * as queries from './queries.ts';

/** Codes are apart from passwords, so that neither the right password nor a reset clears what was guessed of a second factor. */
type Act = 'sign-in' | 'second-factor' | 'password' | 'code' | 'reset-request' | 'unlock' | 'wrong-unlock';
type ProofAct = Extract<Act, 'password' | 'code'>;

export type AttemptSubject = queries.AttemptKey & { knownBy: queries.KnownClient | null };

type Client = { deviceHash: Buffer; networkHash: Buffer | null };

const toKey = (act: Act, account: string, client = ''): queries.AttemptKey => {
  const accountHash = hashWithSha256(`${act} ${account}`);
  return { accountHash, keyHash: hashWithSha256(`${act} ${account} ${client}`) };
};

export const identifyClient = (ctx: Pick<Ctx, 'ip' | 'device' | 'keyedHash'>): Client => ({
  deviceHash: ctx.keyedHash('device', ctx.device()),
  networkHash: hashClientNetwork(ctx),
});

/** Known devices and networks have their own budgets; others share one, so strangers cannot use up the owner's. */
export async function findAttemptSubject(
  ctx: DbCtx,
  act: Act,
  target: { userId: string } | { name: string },
  client: Client,
): Promise<AttemptSubject> {
  const userId = 'userId' in target ? target.userId : null;
  const account = 'userId' in target ? target.userId : `name ${target.name.toLowerCase()}`;
  const days = { deviceDays: KNOWN_DEVICE_DAYS, networkDays: KNOWN_NETWORK_DAYS };
  const knownBy = await queries.findKnownClient(ctx.db, userId, client, days);
  if (knownBy === null) return { ...toKey(act, account), knownBy };
  const hash = knownBy === 'device' ? client.deviceHash : client.networkHash;
  return { ...toKey(act, account, `${knownBy} ${hash?.toString('hex')}`), knownBy };
}

const recordAttempt = (
  ctx: DbCtx,
  key: queries.AttemptKey,
  { points, seconds }: Budget,
  blockSeconds: number[],
) =>
  queries.recordAttempt(ctx.db, key, {
    points,
    windowSeconds: seconds,
    blockSeconds,
    strikeRetentionSeconds: STRIKE_RETENTION_SECONDS,
  });

/** Names the mail link, which no stranger's attempts can take away. */
function createBlockedError(waitSeconds: number): AppError {
  const seconds = Math.max(1, waitSeconds);
  return new AppError(
    'RATE_LIMITED',
    `Too many attempts. Try again in ${seconds} seconds, or reset your password.`,
    { retryAfterSeconds: seconds },
  );
}

/** Counted in the database, so that restarts and other servers see it. `onClosing` runs once per block. */
export async function countSignInAttempt(
  ctx: AppCtx,
  subject: AttemptSubject,
  onClosing: () => Promise<void>,
): Promise<void> {
  const budget = ctx.config.limits.login;
  const attempt = await recordAttempt(ctx, subject, budget, listBlockSeconds(budget.seconds));
  if (attempt.allowed) return;
  if (attempt.closing) await onClosing();
  throw createBlockedError(attempt.waitSeconds);
}

/** Clears the attempts of one client, or of all strangers, after one of them gave the right password. */
export const clearSignInAttempts = (ctx: DbCtx, subject: AttemptSubject): Promise<void> =>
  queries.deleteAttempts(ctx.db, subject);

/** Throws `RATE_LIMITED`. */
export async function countProofAttempt(ctx: AppCtx, act: ProofAct, userId: string): Promise<void> {
  const budget = ctx.config.limits.login;
  const attempt = await recordAttempt(ctx, toKey(act, userId), budget, listBlockSeconds(budget.seconds));
  if (!attempt.allowed) throw createBlockedError(attempt.waitSeconds);
}

export const clearProofAttempts = (ctx: DbCtx, act: ProofAct, userId: string): Promise<void> =>
  queries.deleteAttempts(ctx.db, toKey(act, userId));

/** Returns false if the budget is used up. */
export async function countResetRequest(ctx: AppCtx, userId: string, client: Client): Promise<boolean> {
  const subject = await findAttemptSubject(ctx, 'reset-request', { userId }, client);
  return (await recordAttempt(ctx, subject, ctx.config.limits.forgot, [0])).allowed;
}

const toUnlockKey = (ctx: Pick<AppCtx, 'keyedHash'>, lockId: string, address: string) =>
  toKey('unlock', lockId, ctx.keyedHash('network', address).toString('hex'));

/**
 * Before a password of a locked page is compared. Clients wait longer each time; one that spends its budget stops no
 * other, but too many wrong passwords from everywhere stop all. Throws `RATE_LIMITED`.
 */
export async function countUnlockAttempt(ctx: AppCtx, lockId: string, address: string): Promise<void> {
  const waitSeconds = await queries.findBlockSeconds(ctx.db, toKey('wrong-unlock', lockId));
  if (waitSeconds > 0) throw createRateLimitedError(waitSeconds);
  const key = toUnlockKey(ctx, lockId, address);
  const attempt = await recordAttempt(ctx, key, UNLOCK_BUDGET, listBlockSeconds(UNLOCK_BUDGET.seconds));
  if (!attempt.allowed) throw createRateLimitedError(Math.max(1, attempt.waitSeconds));
}

export async function countWrongUnlock(ctx: DbCtx, lockId: string): Promise<void> {
  await recordAttempt(ctx, toKey('wrong-unlock', lockId), WRONG_UNLOCKS_BUDGET, [0]);
}

export const clearUnlockAttempts = (ctx: AppCtx, lockId: string, address: string): Promise<void> =>
  queries.deleteAttempts(ctx.db, toUnlockKey(ctx, lockId, address));

/** After the owner used a mailed link or left. */
export const clearAttemptsOnAccount = (ctx: DbCtx, userId: string): Promise<void> => {
  const acts: Act[] = ['sign-in', 'password', 'reset-request'];
  return queries.deleteAttemptsOnAccounts(
    ctx.db,
    acts.map((act) => toKey(act, userId).accountHash),
  );
};

export const deleteOldSignInAttempts = (ctx: AppCtx): Promise<void> =>
  queries.deleteExpiredAttempts(ctx.db, STRIKE_RETENTION_SECONDS);
