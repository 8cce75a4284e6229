import type { Db } from '@linkgrove/db';
import { sql } from 'kysely';
import type { SecurityEventType } from '../../security-events/schema.ts';

export type AuditFilter = {
  actorId: string | undefined;
  userId: string | undefined;
  action: SecurityEventType | undefined;
  from: string | undefined;
  to: string | undefined;
  before: string | null;
  limit: number;
};

export type AuditRow = Awaited<ReturnType<typeof listAuditRows>>[number];

/** The newest first. Deleted users and administrators have no name. */
export async function listAuditRows(
  db: Db,
  { actorId, userId, action, from, to, before, limit }: AuditFilter,
) {
  return db
    .selectFrom('security_events as e')
    .leftJoin('users as a', 'a.id', 'e.actor_id')
    .leftJoin('users as u', 'u.id', 'e.user_id')
    .select([
      'e.id',
      'e.type as action',
      'e.actor_id as actorId',
      'a.username as actorName',
      'e.user_id as userId',
      'u.username as userName',
      'e.details',
      'e.request_id as requestId',
      'e.ip',
      'e.created_at as at',
    ])
    .where(sql<boolean>`e.audited`)
    .$call((query) => (actorId === undefined ? query : query.where('e.actor_id', '=', actorId)))
    .$call((query) => (userId === undefined ? query : query.where('e.user_id', '=', userId)))
    .$call((query) => (action === undefined ? query : query.where('e.type', '=', action)))
    .$call((query) => (from === undefined ? query : query.where('e.created_at', '>=', sql<Date>`${from}`)))
    .$call((query) => (to === undefined ? query : query.where('e.created_at', '<', sql<Date>`${to}`)))
    .$call((query) => (before === null ? query : query.where('e.id', '<', before)))
    .orderBy('e.id', 'desc')
    .limit(limit)
    .$narrowType<{ action: SecurityEventType }>()
    .execute();
}
