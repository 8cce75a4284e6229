import { type Paginated, withTransaction } from '@linkgrove/db';
import type { AppCtx, Ctx, TrxCtx, UserCtx } from '../../core/context.ts';
import { generateId } from '../../core/crypto/ids.ts';
import { paginate, type PageRequest } from '../../core/http/pagination.ts';
import * as queries from './queries.ts';
import { MAX_USER_AGENT_LENGTH, type SecurityEvent, type SecurityEventType } from './schema.ts';

const DELETION_BATCH = 1_000;

type Subject = {
  /** Null for a failed sign-in with an unknown name. */
  userId: string | null;
  actorId?: string;
  sessionId?: string;
  details?: Record<string, unknown>;
  /** Part of the audit log, as everything is that `ctx.adminId` does. */
  isAudited?: boolean;
  /** Another person may have acted: the user must not see their address and browser. The log has the address. */
  isOriginHidden?: boolean;
};
type Origin = Pick<AppCtx, 'db' | 'logger' | 'requestId' | 'adminId'> &
  Partial<Pick<Ctx, 'ip' | 'userAgent'>>;

/** Inside a transaction the row is stored only if the transaction commits. */
export async function recordSecurityEvent(
  ctx: Origin,
  type: SecurityEventType,
  subject: Subject,
): Promise<void> {
  const event = prepareSecurityEvent(ctx, type, subject);
  await event.insert.execute(ctx.db);
  event.log();
}

export function prepareSecurityEvent(ctx: Omit<Origin, 'db'>, type: SecurityEventType, subject: Subject) {
  const { requestId = null, ip = null, adminId } = ctx;
  const { userId, sessionId = null, details = null, isOriginHidden = false } = subject;
  const actorId = subject.actorId ?? adminId ?? null;
  const audited = subject.isAudited ?? adminId !== undefined;
  const userAgent = ctx.userAgent?.slice(0, MAX_USER_AGENT_LENGTH) ?? null;
  const event = { userId, actorId, sessionId, requestId };
  const origin = isOriginHidden ? { ip: null, userAgent: null } : { ip, userAgent };
  return {
    insert: queries.insertSecurityEventPart({
      ...event,
      ...origin,
      type,
      id: generateId(),
      details,
      audited,
    }),
    log: () => ctx.logger.info({ ...event, ip, event: type }, 'security event'),
  };
}

export async function listSecurityEvents(
  ctx: UserCtx,
  input: PageRequest,
): Promise<Paginated<SecurityEvent>> {
  const { userId } = ctx.principal;
  return paginate(
    input,
    (before, limit) => queries.listSecurityEventRows(ctx.db, { userId, before, limit }),
    ({ actorId, at, ip, userAgent, ...row }) => ({
      ...row,
      at: at.toISOString(),
      byAdmin: actorId !== null,
      // Users never see the address of another person.
      ...(actorId === null || actorId === userId ? { ip, userAgent } : { ip: null, userAgent: null }),
    }),
  );
}

export const anonymiseSecurityEvents = (ctx: TrxCtx, userId: string): Promise<void> =>
  queries.anonymiseSecurityEventRows(ctx.db, userId);

/** Scheduled job. */
export async function deleteOldSecurityEvents(ctx: AppCtx): Promise<void> {
  const expired = { seconds: ctx.config.securityEventRetentionSeconds, limit: DELETION_BATCH };
  const deleteBatch = () => withTransaction(ctx, (trx) => queries.deleteExpiredEventRows(trx.db, expired));
  while ((await deleteBatch()) === DELETION_BATCH);
}
