import { type Kysely, sql } from 'kysely';
import { buildIndex } from '../indexes.ts';

export const isConcurrent = true;

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const name of [
    'referral_campaigns_audience_check',
    'referral_campaigns_group',
    'referral_campaigns_pauses_while_running',
    'referral_campaigns_times',
  ]) {
    await sql`alter table referral_campaigns validate constraint ${sql.id(name)}`.execute(db);
  }
  await buildIndex(
    db,
    'referral_campaigns_everyone_key',
    `referral_campaigns ((true)) where started_at is not null and ended_at is null and audience = 'everyone'`,
    'unique index',
  );
  await sql`drop index concurrently if exists referral_campaigns_running_key`.execute(db);
}
