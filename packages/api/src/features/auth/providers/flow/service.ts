import type { z } from 'zod';
import type { Ctx, DbCtx } from '../../../../core/context.ts';
import { decryptText, encryptText } from '../../../../core/crypto/encryption.ts';
import { tryParseJson } from '../../../../core/text/json.ts';
import { USED_FLOW_RETENTION_DAYS } from '../policy.ts';
import * as queries from './queries.ts';

type Expiring = { expiresAt: number; [member: string]: unknown };

/** A sealed value in the browser opens only for its purpose. */
type Purpose = 'sign in with provider' | 'sign up with provider' | 'sign in by mail';

const keyOf = (ctx: Pick<Ctx, 'keyedHash'>, purpose: Purpose): Buffer => ctx.keyedHash('signInFlow', purpose);

/** Encrypts a step of a sign-in into the cookie that binds it to this browser. */
export function keepInBrowser(ctx: Ctx, purpose: Purpose, value: Expiring): void {
  const sealed = encryptText(keyOf(ctx, purpose), JSON.stringify(value)).toString('base64url');
  ctx.signInCookie.set(sealed, Math.ceil((value.expiresAt - Date.now()) / 1_000));
}

function openCookie(ctx: Ctx, purpose: Purpose): unknown {
  try {
    const sealed = Buffer.from(ctx.signInCookie.read() ?? '', 'base64url');
    return tryParseJson(decryptText(keyOf(ctx, purpose), sealed));
  } catch {
    return undefined;
  }
}

/** Undefined if there is none, or if it has expired or was made for another purpose. */
export function readFromBrowser<T extends { expiresAt: number }>(
  ctx: Ctx,
  purpose: Purpose,
  schema: z.ZodType<T>,
): T | undefined {
  const { data } = schema.safeParse(openCookie(ctx, purpose));
  return data && data.expiresAt > Date.now() ? data : undefined;
}

/** One of several parallel calls returns true. */
export const takeFlow = (ctx: DbCtx, id: string): Promise<boolean> => queries.insertUsedFlow(ctx.db, id);

/** Scheduled job. */
export const deleteUsedFlows = (ctx: DbCtx): Promise<void> =>
  queries.deleteOldUsedFlows(ctx.db, USED_FLOW_RETENTION_DAYS);
