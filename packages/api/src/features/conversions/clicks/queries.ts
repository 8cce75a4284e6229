import type { Db, Trx } from '@linkgrove/db';
import { sql } from 'kysely';

export async function insertClick(
  db: Db,
  click: { id: string; referrerId: string; url: string | null },
): Promise<void> {
  await db
    .insertInto('campaign_clicks')
    .values({ id: click.id, referrer_id: click.referrerId, url: click.url })
    .execute();
}

/** Undefined if it is older than the window. */
export const findClick = (db: Db, id: string, windowSeconds: number) =>
  db
    .selectFrom('campaign_clicks')
    .select(['id', 'referrer_id as referrerId'])
    .where('id', '=', id)
    .where('created_at', '>', sql<Date>`now() - make_interval(secs => ${windowSeconds})`)
    .executeTakeFirst();

/** In one statement, so that a click is counted by its row or by its day, and never by both. */
export async function foldOldClicks(trx: Trx, windowSeconds: number, limit: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    with gone as (
      delete from campaign_clicks where id in (
        select id from campaign_clicks
        where created_at <= now() - make_interval(secs => ${windowSeconds})
        order by created_at limit ${limit} for update skip locked
      )
      returning referrer_id, (created_at at time zone 'utc')::date as day
    ),
    folded as (
      insert into campaign_click_days as d (referrer_id, day, clicks)
      select referrer_id, day, count(*) from gone group by referrer_id, day order by referrer_id, day
      on conflict (referrer_id, day) do update set clicks = d.clicks + excluded.clicks
    )
    select count(*) as count from gone`.execute(trx);
  return rows[0]?.count ?? 0;
}
