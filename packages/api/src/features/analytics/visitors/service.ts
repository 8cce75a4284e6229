import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import type { AppCtx } from '../../../core/context.ts';
import { SALT_DAYS } from '../policy.ts';
import * as queries from './queries.ts';

type SaltCtx = Pick<AppCtx, 'db' | 'cache'>;

/** A key object, because importing the bytes for each visitor would cost eight times the hash. */
export type VisitorSalt = KeyObject;
const toVisitorSalt = (salt: Buffer): VisitorSalt => createSecretKey(salt);

/** A salt of no day, so that nobody is recognised. */
export const createRandomSalt = (): VisitorSalt => toVisitorSalt(randomBytes(32));

const toDay = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** The salt of the UTC day of `at` (milliseconds). Destroyed within 48 hours, so that nobody can trace a hash later. */
export async function findVisitorSalt(ctx: SaltCtx, at: number): Promise<VisitorSalt> {
  const day = toDay(at);
  const { salt } = await ctx
    .cache<{ salt: Buffer }>('visitor-salts')
    .get(day, async () => ({ salt: await queries.findOrCreateVisitorSalt(ctx.db, day, randomBytes(32)) }));
  return toVisitorSalt(salt);
}

/** Visitors of one subject only: nobody can follow a visitor from page to page. */
export const hashVisitor = (
  salt: VisitorSalt,
  visitor: { subjectId: string; address: string; userAgent: string; bytes: number },
): string =>
  createHmac('sha256', salt)
    .update(JSON.stringify([visitor.subjectId, visitor.address, visitor.userAgent]))
    .digest('hex')
    .slice(0, visitor.bytes * 2);

export const deleteOldVisitorSalts = (ctx: AppCtx): Promise<void> =>
  queries.deleteVisitorSaltsBefore(ctx.db, SALT_DAYS);
