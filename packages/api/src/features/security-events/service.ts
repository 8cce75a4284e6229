import type { Paginated } from '@linkgrove/db';
import type { AppCtx, Ctx, TrxCtx, UserCtx } from '../../core/context.ts';
import { generateId } from '../../core/crypto/ids.ts';
import { type PageRequest, paginate } from '../../core/http/pagination.ts';
import * as queries from './queries.ts';
import type { SecurityEvent, SecurityEventType } from './schema.ts';

type Subject = {
  /** Whose account; null where nobody has the name that was tried. */
  userId: string | null;
  /** The administrator who did it, where it was not the user. */
  actorId?: string;
  sessionId?: string;
  details?: Record<string, unknown>;
};
type Origin = Pick<AppCtx, 'db' | 'logger'> & Partial<Pick<Ctx, 'requestId' | 'ip' | 'userAgent'>>;

/**
 * Writes down what happened to an account, in the table that its owner sees and in the log, which carries
 * the same words. Inside a transaction it stands or falls with the change it tells of.
 */
export async function recordSecurityEvent(
  ctx: Origin,
  type: SecurityEventType,
  subject: Subject,
): Promise<void> {
  const event = prepareSecurityEvent(ctx, type, subject);
  await event.insertion.execute(ctx.db);
  event.log();
}

/** What `recordSecurityEvent` does, in two: what it writes, to be put into a larger statement, and what it logs. */
export function prepareSecurityEvent(ctx: Omit<Origin, 'db'>, type: SecurityEventType, subject: Subject) {
  const { requestId = null, ip = null } = ctx;
  const { userId, actorId = null, sessionId = null, details = null } = subject;
  const userAgent = ctx.userAgent?.slice(0, 512) ?? null;
  const event = { type, userId, actorId, sessionId, requestId, ip };
  return {
    insertion: queries.insertSecurityEventQuery({ ...event, id: generateId(), userAgent, details }),
    log: () => ctx.logger.info({ ...event, type: undefined, event: type }, 'security event'),
  };
}

/** What happened to the user's account, newest first. */
export async function listSecurityEvents(
  ctx: UserCtx,
  input: PageRequest,
): Promise<Paginated<SecurityEvent>> {
  const { userId } = ctx.principal;
  return paginate(
    input,
    (before, limit) => queries.listSecurityEventRows(ctx.db, { userId, before, limit }),
    ({ actorId, at, type, ...row }) => ({
      ...row,
      type: type as SecurityEventType,
      at: at.toISOString(),
      byAdmin: actorId !== null,
    }),
  );
}

/** Forgets from where and by what device; for accounts that are deleted. */
export const anonymiseSecurityEvents = (ctx: TrxCtx, userId: string): Promise<void> =>
  queries.anonymiseSecurityEventRows(ctx.db, userId);
