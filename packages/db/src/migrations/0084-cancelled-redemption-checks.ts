import { type Kysely, sql } from 'kysely';

export const isConcurrent = true;

const CHECKS = [
  ['credit_entries', 'credit_entries_kind_check'],
  ['credit_entries', 'credit_entries_earned_or_spent'],
  ['redemptions', 'redemptions_state_check'],
  ['redemptions', 'redemptions_cancelled'],
] as const;

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const [table, check] of CHECKS) {
    await sql`alter table ${sql.table(table)} validate constraint ${sql.ref(check)}`.execute(db);
  }
}
