import type { Kysely } from 'kysely';
import { buildIndex } from '../indexes.ts';

export const isConcurrent = true;

export async function up(db: Kysely<unknown>): Promise<void> {
  await buildIndex(db, 'referrals_utm_idx', 'referrals (referrer_id, date_referred) where utm is not null');
}
