import type { Db } from '@linkgrove/db';

export async function findSettingsRow(db: Db, pageId: string) {
  return db
    .selectFrom('analytics_settings')
    .select(['is_public as isPublic', 'reset_at as resetAt'])
    .where('page_id', '=', pageId)
    .executeTakeFirst();
}
