import type { Trx } from '@linkgrove/db';
import { sql } from 'kysely';

export async function updateVerifiedAt(trx: Trx, id: string, isVerified: boolean): Promise<void> {
  await trx
    .updateTable('pages')
    .set({ verified_at: isVerified ? sql<Date>`coalesce(verified_at, now())` : null })
    .where('id', '=', id)
    .execute();
}
