import type { Trx } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';

/** Current or replaced, of any link. */
const ownerCodeCondition = (
  workspaceId: RawBuilder<string>,
  code: RawBuilder<string>,
) => sql<boolean>`exists (
  select from referral_codes c
    join workspace_members m on m.user_id = c.user_id and m.workspace_id = ${workspaceId} and m.role = 'owner'
  where lower(c.code collate "C") = lower(${code} collate "C")
)`;

export async function hasOwnerCode(
  trx: Trx,
  { workspaceId, code }: { workspaceId: string; code: string },
): Promise<boolean> {
  const { rows } = await sql<{ known: boolean }>`
    select ${ownerCodeCondition(sql<string>`${workspaceId}::uuid`, sql<string>`${code}::text`)} as known`.execute(
    trx,
  );
  return rows[0]?.known === true;
}

/** Returns the titles of the blocks that had one. */
export async function clearForeignCodes(trx: Trx, pageId: string): Promise<(string | null)[]> {
  const { rows } = await sql<{ title: string | null }>`
    update blocks b set data = b.data || '{"code": null}', version = b.version + 1, updated_at = now() from pages p
    where b.page_id = ${pageId}::uuid and b.type = 'referral' and p.id = b.page_id and b.data ->> 'code' is not null
      and not ${ownerCodeCondition(sql.ref<string>('p.workspace_id'), sql<string>`b.data ->> 'code'`)}
    returning b.title`.execute(trx);
  return rows.map(({ title }) => title);
}
