import type { Db, Trx } from '@linkgrove/db';
import { sql } from 'kysely';
import { RETRY_MINUTES, UNPROVEN_DAYS } from '../policy.ts';

/** Other workers skip them for a while; a worker that stops in between costs a delay, not a check. */
export async function claimDueDomains(db: Db, limit: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    update domains set next_check_at = now() + make_interval(mins => ${RETRY_MINUTES})
    where id in (
      select id from domains where next_check_at <= now() order by next_check_at limit ${limit}
      for update skip locked
    )
    returning id`.execute(db);
  return rows.map(({ id }) => id);
}

export const findHostname = (db: Db, id: string) =>
  db.selectFrom('domains').select('hostname').where('id', '=', id).executeTakeFirst();

export async function deleteUnprovenDomains(db: Db): Promise<void> {
  await db
    .deleteFrom('domains')
    .where('verified_at', 'is', null)
    .where('status', '=', 'pending')
    .where('created_at', '<', sql<Date>`now() - make_interval(days => ${UNPROVEN_DAYS})`)
    .execute();
}

/** Another claim whose proof is gone from DNS, which a new proof of the same name replaces. */
export async function findLapsedClaim(trx: Trx, hostname: string, id: string) {
  return trx
    .selectFrom('domains')
    .select(['id', 'hostname', 'page_id as pageId', 'workspace_id as workspaceId'])
    .where('hostname', '=', hostname)
    .where('id', '<>', id)
    .where('verified_at', 'is not', null)
    .where('failing_since', 'is not', null)
    .forUpdate()
    .executeTakeFirst();
}

export async function hasProvenClaim(trx: Trx, hostname: string, id: string): Promise<boolean> {
  const row = await trx
    .selectFrom('domains')
    .select('id')
    .where('hostname', '=', hostname)
    .where('id', '<>', id)
    .where('verified_at', 'is not', null)
    .executeTakeFirst();
  return row !== undefined;
}

type DomainAdmin = { userId: string; email: string; username: string };

export async function listDomainAdmins(
  db: Db,
  workspaceId: string,
  roles: readonly string[],
): Promise<DomainAdmin[]> {
  const { rows } = await sql<DomainAdmin>`
    select u.id as "userId", u.email, u.username from workspace_members m join users u on u.id = m.user_id
    where m.workspace_id = ${workspaceId} and m.role = any(${[...roles]}::text[])
      and u.email_verified_at is not null and u.deleted_at is null and u.suspended_at is null
    order by u.id`.execute(db);
  return rows;
}

/** For `publishEventsFrom`. */
export const domainEventQuery = (id: string) => sql`
  select d.workspace_id, d.id as object_id, json_build_object(
    'id', d.id, 'workspaceId', d.workspace_id, 'pageId', d.page_id, 'hostname', d.hostname, 'status', d.status,
    'statusDetail', d.status_detail
  ) as data
  from domains d where d.id = ${id}::uuid`;
