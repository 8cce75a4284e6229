import type { Db, Trx } from '@linkgrove/db';
import { sql } from 'kysely';

const UUID = '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';

/** By email address, username or ID. Leaves out names that no living user has. */
export async function listUserIdRows(db: Db, names: string[]): Promise<{ name: string; id: string }[]> {
  const { rows } = await sql<{ name: string; id: string }>`
    select n.name, u.id from unnest(${names}::text[]) n (name) cross join lateral (
      select id from users
      where deleted_at is null and (
        lower(email collate "C") = lower(n.name collate "C") or lower(username collate "C") = lower(n.name collate "C")
          or id = case when lower(n.name) ~ ${UUID} then n.name::uuid end
      )
    ) u`.execute(db);
  return rows;
}

export async function listGroupRows(db: Db): Promise<{ group: string; members: number }[]> {
  return db
    .selectFrom('referrer_group_members')
    .select((eb) => ['group_name as group', eb.fn.countAll<number>().as('members')])
    .groupBy('group_name')
    .orderBy('group_name')
    .execute();
}

export async function countGroupMembers(db: Db, group: string): Promise<number> {
  const row = await db
    .selectFrom('referrer_group_members')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('group_name', '=', group)
    .executeTakeFirstOrThrow();
  return row.count;
}

export async function listGroupMemberRows(
  db: Db,
  page: { group: string; after: string | null; limit: number },
) {
  return db
    .selectFrom('referrer_group_members as m')
    .innerJoin('users as u', 'u.id', 'm.user_id')
    .select(['u.id', 'u.username', 'm.created_at as addedAt'])
    .where('m.group_name', '=', page.group)
    .$call((query) => (page.after === null ? query : query.where('m.user_id', '>', page.after)))
    .orderBy('m.user_id')
    .limit(page.limit)
    .execute();
}

/** In one order, against deadlocks. Returns how many were no members yet. */
export async function insertGroupMembers(trx: Trx, group: string, userIds: string[]): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    insert into referrer_group_members (group_name, user_id)
    select distinct ${group}::text, u.id from unnest(${userIds}::uuid[]) u (id) order by 2
    on conflict do nothing`.execute(trx);
  return Number(numAffectedRows);
}

export async function deleteGroupMembers(trx: Trx, group: string, userIds: string[]): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    delete from referrer_group_members
    where group_name = ${group} and user_id = any(${userIds}::uuid[])`.execute(trx);
  return Number(numAffectedRows);
}

export async function listGroupsOfUser(db: Db, userId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('referrer_group_members')
    .select('group_name')
    .where('user_id', '=', userId)
    .orderBy('group_name')
    .execute();
  return rows.map((row) => row.group_name);
}

/** From groups and from the campaigns that name the user. */
export async function deleteUserFromAudiences(trx: Trx, userId: string): Promise<void> {
  await trx.deleteFrom('referrer_group_members').where('user_id', '=', userId).execute();
  await trx.deleteFrom('referral_campaign_users').where('user_id', '=', userId).execute();
}
