import type { Db, Trx } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';

export type NewSecurityEvent = {
  id: string;
  type: string;
  userId: string | null;
  actorId: string | null;
  sessionId: string | null;
  requestId: string | null;
  ip: string | null;
  userAgent: string | null;
  details: Record<string, unknown> | null;
};

/** The insertion of an event. */
export const insertSecurityEventQuery = (event: NewSecurityEvent): RawBuilder<unknown> => sql`
  insert into security_events
    (id, type, user_id, actor_id, session_id, request_id, ip, user_agent, details)
  select ${event.id}::uuid, ${event.type}::text, ${event.userId}::uuid, ${event.actorId}::uuid,
    ${event.sessionId}::uuid, ${event.requestId}::text, ${event.ip}::text, ${event.userAgent}::text,
    ${event.details && JSON.stringify(event.details)}::jsonb`;

/** A page of the user's events, newest first. */
export async function listSecurityEventRows(
  db: Db,
  page: { userId: string; before: string | null; limit: number },
) {
  return db
    .selectFrom('security_events')
    .select(['id', 'type', 'actor_id as actorId', 'ip', 'user_agent as userAgent', 'created_at as at'])
    .where('user_id', '=', page.userId)
    .$if(page.before !== null, (query) => query.where('id', '<', page.before as string))
    .orderBy('id', 'desc')
    .limit(page.limit)
    .execute();
}

/** Takes the addresses and devices out of the user's events; the events stay. */
export async function anonymiseSecurityEventRows(trx: Trx, userId: string): Promise<void> {
  await trx
    .updateTable('security_events')
    .set({ ip: null, user_agent: null, details: null })
    .where('user_id', '=', userId)
    .execute();
}
