import { type Db, type InsertPart, insertPart, type Trx } from '@linkgrove/db';
import { sql } from 'kysely';
import type { SecurityEventType } from './schema.ts';

export type NewSecurityEvent = {
  id: string;
  type: SecurityEventType;
  userId: string | null;
  actorId: string | null;
  sessionId: string | null;
  requestId: string | null;
  ip: string | null;
  userAgent: string | null;
  details: Record<string, unknown> | null;
  audited: boolean;
};

export const insertSecurityEventPart = (event: NewSecurityEvent): InsertPart => insertPart`
  insert into security_events
    (id, type, user_id, actor_id, session_id, request_id, ip, user_agent, details, audited)
  select ${event.id}::uuid, ${event.type}::text, ${event.userId}::uuid, ${event.actorId}::uuid,
    ${event.sessionId}::uuid, ${event.requestId}::text, ${event.ip}::text, ${event.userAgent}::text,
    ${event.details && JSON.stringify(event.details)}::jsonb, ${event.audited}::boolean`;

export async function listSecurityEventRows(
  db: Db,
  { userId, before, limit }: { userId: string; before: string | null; limit: number },
) {
  return db
    .selectFrom('security_events')
    .select(['id', 'type', 'actor_id as actorId', 'ip', 'user_agent as userAgent', 'created_at as at'])
    .where('user_id', '=', userId)
    .$call((query) => (before === null ? query : query.where('id', '<', before)))
    .orderBy('id', 'desc')
    .limit(limit)
    .$narrowType<{ type: SecurityEventType }>()
    .execute();
}

/** Details go only from the user's own events, and not from what the user did as an administrator. The events stay. */
export async function anonymiseSecurityEventRows(trx: Trx, userId: string): Promise<void> {
  const events = trx.updateTable('security_events');
  const nobody = { ip: null, user_agent: null };
  await events
    .set({ ...nobody, details: null })
    .where('user_id', '=', userId)
    .where(sql<boolean>`not (audited and actor_id is not distinct from user_id)`)
    .execute();
  await events.set(nobody).where('actor_id', '=', userId).execute();
}

/** The transaction says to the table's trigger that it may. Returns how many. */
export async function deleteExpiredEventRows(
  trx: Trx,
  { seconds, limit }: { seconds: number; limit: number },
): Promise<number> {
  await sql`set local linkgrove.deletes_expired_events = 'on'`.execute(trx);
  const { numAffectedRows } = await sql`
    delete from security_events where id = any(array(
      select id from security_events where created_at < now() - make_interval(secs => ${seconds})
      order by created_at limit ${limit}
    ))`.execute(trx);
  return Number(numAffectedRows ?? 0);
}
