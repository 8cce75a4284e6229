import { type Kysely, sql } from 'kysely';
import { buildIndex } from '../indexes.ts';

export const isConcurrent = true;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table referral_links validate constraint referral_links_uses_of_check`.execute(db);
  await buildIndex(
    db,
    'referrals_took_use_idx',
    `referrals (id) where took_use and status in ('pending', 'review', 'rejected')`,
  );
  await buildIndex(db, 'users_premium_end_idx', 'users (premium_until) where premium_notice');
}
