import type { Db } from '@linkgrove/db';

/** The hosts of a bucket that are served, with the handles of their pages, which may be in the trash. */
export async function listHostRows(db: Db, bucket: number) {
  return db
    .selectFrom('domains as d')
    .innerJoin('pages as p', 'p.id', 'd.page_id')
    .select(['d.hostname', 'p.handle'])
    .where('d.bucket', '=', bucket)
    .where('d.status', '=', 'active')
    .execute();
}
