import type { Db, Trx } from '@linkgrove/db';

export type NewEvent = {
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

export async function insertEvent(db: Db, event: NewEvent): Promise<void> {
  await db
    .insertInto('security_events')
    .values({
      id: event.id,
      type: event.type,
      user_id: event.userId,
      actor_id: event.actorId,
      session_id: event.sessionId,
      request_id: event.requestId,
      ip: event.ip,
      user_agent: event.userAgent,
      details: event.details && JSON.stringify(event.details),
    })
    .execute();
}

/** A page of the user's events, newest first; fetches one row more than the page holds. */
export async function listEvents(db: Db, page: { userId: string; before: string | null; limit: number }) {
  return db
    .selectFrom('security_events')
    .select(['id', 'type', 'actor_id as actorId', 'ip', 'user_agent as userAgent', 'created_at as at'])
    .where('user_id', '=', page.userId)
    .$if(page.before !== null, (query) => query.where('id', '<', page.before as string))
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute();
}

/** Takes the addresses and devices out of the user's events; the events stay. */
export async function anonymiseEvents(trx: Trx, userId: string): Promise<void> {
  await trx
    .updateTable('security_events')
    .set({ ip: null, user_agent: null, details: null })
    .where('user_id', '=', userId)
    .execute();
}
