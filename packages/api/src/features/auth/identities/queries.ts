import type { Db, Trx } from '@linkgrove/db';

const selectIdentities = (db: Db, userId: string) =>
  db
    .selectFrom('user_identities')
    .select([
      'id',
      'provider',
      'email as subjectEmail',
      'created_at as createdAt',
      'last_used_at as lastUsedAt',
    ])
    .where('user_id', '=', userId);

export type IdentityRow = Awaited<ReturnType<typeof listIdentityRows>>[number];

export const listIdentityRows = async (db: Db, userId: string) =>
  selectIdentities(db, userId).orderBy('id').execute();

export async function deleteIdentityRow(trx: Trx, userId: string, id: string) {
  return trx
    .deleteFrom('user_identities')
    .where('user_id', '=', userId)
    .where('id', '=', id)
    .returning('provider')
    .executeTakeFirst();
}
