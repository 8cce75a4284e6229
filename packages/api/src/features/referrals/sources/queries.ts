import type { Db, Trx } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';

/** In a workspace that the user owns. */
export async function findOwnedPageRow(
  db: Db,
  { pageId, userId }: { pageId: string; userId: string },
): Promise<{ workspaceId: string } | undefined> {
  return db
    .selectFrom('pages as p')
    .innerJoin('workspace_members as m', 'm.workspace_id', 'p.workspace_id')
    .select('p.workspace_id as workspaceId')
    .where('p.id', '=', pageId)
    .where('p.deleted_at', 'is', null)
    .where('m.user_id', '=', userId)
    .where('m.role', '=', 'owner')
    .executeTakeFirst();
}

export type SourceCounts = {
  source: 'page' | 'qr';
  page: { id: string; handle: string } | null;
  visits: number;
  signups: number;
  successful: number;
};

/** For joins of a page `p`: whether the referrer may know which one it is by now. */
export const knownPageCondition = (referrerId: RawBuilder<string>) => sql<boolean>`(
  p.deleted_at is null and exists (
    select from workspace_members m where m.workspace_id = p.workspace_id and m.user_id = ${referrerId}
  )
)`;

/** Such a page, or null. */
export const knownPagePart = sql`
  case when p.id is not null then json_build_object('id', p.id, 'handle', p.handle) end`;

/** Counts by source over all links of the referrer, without what came by the links themselves. */
export const sourceCountsSubquery = (referrerId: RawBuilder<string>) => sql<SourceCounts[]>`(
  select coalesce(json_agg(s), '[]') from (
    select c.source, ${knownPagePart} as page,
      sum(c.visits)::bigint as visits, sum(c.signups)::bigint as signups, sum(c.successful)::bigint as successful
    from (
      select source, page_id, visits, signups, successful
        from referral_source_deltas where referrer_id = ${referrerId}
      union all
      select source, page_id, visits, signups, successful
        from referral_source_totals where referrer_id = ${referrerId}
    ) c left join pages p on p.id = c.page_id and ${knownPageCondition(referrerId)}
    group by c.source, p.id order by c.source desc, sum(c.signups) desc, p.id
  ) s
)`;

/** Deletes and adds in one statement, like `rollUpDeltaRows`. The caller holds the lock of the roll-up. */
export async function rollUpSourceDeltaRows(trx: Trx, limit: number): Promise<void> {
  await sql`
    insert into referral_source_totals (referrer_id, link_id, source, page_id, visits, signups, successful)
    select distinct referrer_id, link_id, source, page_id, 0, 0, 0
    from (select * from referral_source_deltas order by id limit ${limit}) due
    on conflict do nothing`.execute(trx);
  await sql`
    with moved as (
      delete from referral_source_deltas where id in (
        select d.id from referral_source_deltas d
          join referral_source_totals t on t.link_id = d.link_id and t.source = d.source
            and t.page_id is not distinct from d.page_id
        order by d.id limit ${limit}
      ) returning *
    )
    update referral_source_totals t set
      visits = t.visits + s.visits, signups = t.signups + s.signups, successful = t.successful + s.successful
    from (
      select link_id, source, page_id, sum(visits) as visits, sum(signups) as signups, sum(successful) as successful
      from moved group by link_id, source, page_id
    ) s
    where t.link_id = s.link_id and t.source = s.source and t.page_id is not distinct from s.page_id`.execute(
    trx,
  );
}
