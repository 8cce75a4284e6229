import type { Db, Trx } from '@linkgrove/db';
import { sql } from 'kysely';
import type { TitleVariant } from '../../pages/blocks/title-tests/schema.ts';

export type TitleCount = {
  blockId: string;
  testId: string;
  variant: TitleVariant;
  views: number;
  clicks: number;
};

/** Those of blocks that are gone are left out. */
export async function addTitleCounts(trx: Trx, counts: TitleCount[]): Promise<void> {
  await sql`
    insert into title_test_counts as c (block_id, test_id, variant, views, clicks)
    select b.id, g."testId", g.variant, g.views, g.clicks
    from json_to_recordset(${JSON.stringify(counts)}::json)
      as g ("blockId" uuid, "testId" uuid, variant text, views bigint, clicks bigint)
      join blocks b on b.id = g."blockId"
    order by 1, 2, 3
    on conflict (block_id, test_id, variant) do update
      set views = c.views + excluded.views, clicks = c.clicks + excluded.clicks`.execute(trx);
}

export const listTitleCounts = (db: Db, blockId: string, testId: string) =>
  db
    .selectFrom('title_test_counts')
    .select(['variant', 'views', 'clicks', 'first_at as firstAt'])
    .where('block_id', '=', blockId)
    .where('test_id', '=', testId)
    .execute();
