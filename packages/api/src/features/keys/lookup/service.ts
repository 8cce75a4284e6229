import { withTransaction } from '@linkgrove/db';
import type { AppCtx, Ctx, KeyPrincipal } from '../../../core/context.ts';
import { isApiKeyComplete } from '../../../core/crypto/api-keys.ts';
import { hashWithSha256 } from '../../../core/crypto/crypto.ts';
import { AppError } from '../../../core/errors.ts';
import { createTrustCheck, type TrustCheck } from '../../../core/http/forwarded-address.ts';
import { enqueueKeyMail } from '../../mail/service.ts';
import { recordSecurityEvent } from '../../security-events/service.ts';
import { getAccount } from '../../users/service.ts';
import * as queries from './queries.ts';

type LiveKey = {
  state: 'live';
  principal: KeyPrincipal;
  start: string;
  isAllowedFrom: TrustCheck;
  countries: Set<string>;
  stale: boolean;
};
type FoundKey = LiveKey | { state: 'unknown' | 'expired' | 'revoked' };

const REASONS = {
  unknown: 'This API key is unknown. Check that it was copied completely.',
  expired: 'This API key has expired',
  revoked: 'This API key was deleted',
};

/** Caches of keys are found by this; the hash says nothing about the key. */
export const toKeyCacheKey = (hash: Buffer): string => hash.toString('base64');

async function loadKey(ctx: AppCtx, hash: Buffer): Promise<FoundKey> {
  const row = await queries.findKeyByHash(ctx.db, hash);
  if (row?.state !== 'live') return { state: row?.state ?? 'unknown' };
  const { state, keyId, userId, workspaceId, scopes, start, allowedNetworks, countries, stale } = row;
  return {
    state,
    principal: { kind: 'key', keyId, userId, workspaceId, scopes },
    start,
    isAllowedFrom: allowedNetworks.length === 0 ? () => true : createTrustCheck(allowedNetworks),
    countries: new Set(countries),
    stale,
  };
}

/** Known keys are found without a promise. */
function findKey(ctx: AppCtx, text: string): FoundKey | Promise<FoundKey> {
  if (!isApiKeyComplete(text)) return { state: 'unknown' };
  const hash = hashWithSha256(text);
  const cacheKey = toKeyCacheKey(hash);
  const cache = ctx.cache<FoundKey>('keys');
  return cache.peek(cacheKey) ?? cache.get(cacheKey, () => loadKey(ctx, hash));
}

/** A refused key counts against its sender and not against the key, whose budget a thief must not use up. */
async function refuseKey(ctx: Ctx, error: AppError): Promise<never> {
  await ctx.limiter.consume('wrongKeys', ctx.address);
  throw error;
}

/** Unlike other refusals, this one tells programs how long to wait in all the usual headers. */
async function consumeKeyBudget(ctx: Ctx, keyId: string): Promise<void> {
  try {
    ctx.reportLimit(await ctx.limiter.consume('key', keyId));
  } catch (error) {
    const resetSeconds = error instanceof AppError ? error.retryAfterSeconds : undefined;
    const budget = ctx.config.limits.key;
    if (resetSeconds !== undefined) ctx.reportLimit({ name: 'key', budget, remaining: 0, resetSeconds });
    throw error;
  }
}

/** Throws `INVALID_KEY`, `FORBIDDEN` for an address that is not allowed, and `RATE_LIMITED`. */
export async function authenticateKey(ctx: Ctx, text: string): Promise<KeyPrincipal> {
  const found = findKey(ctx, text);
  const key = found instanceof Promise ? await found : found;
  if (key.state !== 'live') return refuseKey(ctx, new AppError('INVALID_KEY', REASONS[key.state]));
  if (!key.isAllowedFrom(ctx.ip))
    return refuseKey(
      ctx,
      new AppError('FORBIDDEN', `This API key may not be used from the address ${ctx.ip}`),
    );
  await consumeKeyBudget(ctx, key.principal.keyId);
  storeUse(ctx, key);
  return key.principal;
}

/** Nobody waits for it, and a database that takes no writes must not refuse keys. */
function storeUse(ctx: Ctx, key: LiveKey): void {
  const warn = (error: unknown) =>
    ctx.logger.warn({ err: error }, 'The use of an API key could not be stored');
  if (key.stale) {
    key.stale = false;
    queries.touchKey(ctx.db, key.principal.keyId).catch(warn);
  }
  const { country } = ctx;
  if (country === undefined || key.countries.has(country)) return;
  key.countries.add(country);
  recordCountry(ctx, key, country).catch(warn);
}

/** The first country is only remembered: a key is often made in one country and used in another. */
const recordCountry = (ctx: Ctx, { principal, start }: LiveKey, country: string): Promise<void> =>
  withTransaction(ctx, async (trx) => {
    const { keyId, userId, workspaceId } = principal;
    const known = await queries.insertKeyCountry(trx.db, keyId, country);
    if (known === undefined || known === 1) return;
    const details = { keyId, workspaceId, country };
    await recordSecurityEvent(trx, 'key_used_elsewhere', { userId, details });
    const mail = { template: 'key-used-elsewhere', start, country } as const;
    await enqueueKeyMail(trx, mail, await getAccount(trx, userId));
  });
