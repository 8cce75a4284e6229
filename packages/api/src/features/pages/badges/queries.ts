import type { Trx } from '@linkgrove/db';
import { sql } from 'kysely';

export async function updateVerifiedAt(trx: Trx, id: string, isVerified: boolean): Promise<void> {
  await trx
    .updateTable('pages')
    .set({ verified_at: isVerified ? sql<Date>`coalesce(verified_at, now())` : null })
    .where('id', '=', id)
    .execute();
}

/** The badge vouches for the handle. */
export const badgeUnderHandlePart = (handle: string) =>
  sql<Date | null>`case when lower(handle) = lower(${handle}) then verified_at end`;
