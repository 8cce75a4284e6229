import type { Db } from '@linkgrove/db';
import { sql } from 'kysely';

export type OwnerLinkRow = {
  /** The code that was asked for; null for the link of whoever answers for the workspace. */
  asked: string | null;
  ownerId: string;
  code: string;
  username: string;
  displayName: string | null;
  usable: boolean;
};

/** The first link of the owner of longest standing, and of `codes` those of links of any owner. */
export async function listOwnerLinkRows(
  db: Db,
  { workspaceId, codes }: { workspaceId: string; codes: string[] },
): Promise<OwnerLinkRow[]> {
  const { rows } = await sql<OwnerLinkRow>`
    with owners as (
      select u.id, u.username, u.display_name, u.referral_code, m.joined_at
      from workspace_members m join users u on u.id = m.user_id
      where m.workspace_id = ${workspaceId}::uuid and m.role = 'owner'
        and u.suspended_at is null and u.deleted_at is null
    ),
    wanted as (
      select null as asked, o.id as owner_id, o.referral_code as code
      from (select * from owners order by joined_at, id limit 1) o
      union all
      select a.code, o.id, a.code from unnest(${codes}::text[]) a (code)
        join referral_codes c on lower(c.code collate "C") = lower(a.code collate "C")
        join owners o on o.id = c.user_id
    )
    select w.asked, o.id as "ownerId", l.code, o.username, o.display_name as "displayName",
      l.enabled and l.deleted_at is null and coalesce(l.expires_at > now(), true)
        and coalesce(l.uses < l.max_uses, true) as usable
    from wanted w join owners o on o.id = w.owner_id
      join referral_codes c on lower(c.code collate "C") = lower(w.code collate "C")
      join referral_links l on l.id = c.link_id`.execute(db);
  return rows;
}
