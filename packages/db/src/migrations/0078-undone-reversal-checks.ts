import { type Kysely, sql } from 'kysely';
import { buildIndex } from '../indexes.ts';

export const isConcurrent = true;

const CHECKS = [
  ['credit_entries', 'credit_entries_kind_check'],
  ['credit_entries', 'credit_entries_earned_or_spent'],
  ['credit_entries', 'credit_entries_by_hand'],
  ['referral_events', 'referral_events_legal'],
  ['referral_events', 'referral_events_cause_check'],
  ['referral_events', 'referral_events_cause_of_reversal'],
] as const;

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const [table, check] of CHECKS) {
    await sql`alter table ${sql.table(table)} validate constraint ${sql.ref(check)}`.execute(db);
  }
  await buildIndex(
    db,
    'credit_entries_root_idx',
    'credit_entries (root_reward_id) where root_reward_id is not null',
  );
  await buildIndex(db, 'rewards_in_review_idx', `rewards (user_id) include (credits) where state = 'review'`);
}
