import type { Db, Trx } from '@linkgrove/db';
import { sql } from 'kysely';

/** A workspace that is gone and whose programme is not. Visits each workspace with people once, by the index. */
export async function findLostWorkspaceId(db: Db): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`
    with recursive named as (
      (select workspace_id as id from campaign_people order by workspace_id limit 1)
      union all
      select (
        select p.workspace_id from campaign_people p where p.workspace_id > n.id order by p.workspace_id limit 1
      ) from named n where n.id is not null
    )
    select k.id from (select id from named union select workspace_id from campaigns) k
    where k.id is not null and not exists (select from workspaces w where w.id = k.id)
    limit 1`.execute(db);
  return rows[0]?.id;
}

const campaigns = (workspaceId: string) =>
  sql`campaign_id in (select id from campaigns where workspace_id = ${workspaceId}::uuid)`;
const referrers = (workspaceId: string) =>
  sql`referrer_id in (select id from campaign_referrers where ${campaigns(workspaceId)})`;
const own = (workspaceId: string) => sql`workspace_id = ${workspaceId}::uuid`;

/** Referring tables before the ones that they refer to, so that nothing cascades to more than a few rows. */
export const ERASURE_STEPS = [
  ['campaign_entries', campaigns],
  ['campaign_balances', campaigns],
  ['campaign_rewards', campaigns],
  ['campaign_referrals', campaigns],
  ['conversions', own],
  ['campaign_clicks', referrers],
  ['campaign_click_days', referrers],
  ['campaign_caps', referrers],
  ['campaign_referrers', campaigns],
  ['campaign_people', own],
  ['campaigns', own],
] as const;

/** Lets the transaction delete what triggers otherwise protect. */
export async function startErasure(trx: Trx): Promise<void> {
  await sql`select set_config('linkgrove.erasure', 'on', true)`.execute(trx);
}

/** Returns how many were deleted. */
export async function deleteProgrammeRows(
  trx: Trx,
  [table, condition]: (typeof ERASURE_STEPS)[number],
  { workspaceId, limit }: { workspaceId: string; limit: number },
): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    delete from ${sql.table(table)} where ctid = any(array(
      select ctid from ${sql.table(table)} where ${condition(workspaceId)} limit ${limit}
    ))`.execute(trx);
  return Number(numAffectedRows);
}
