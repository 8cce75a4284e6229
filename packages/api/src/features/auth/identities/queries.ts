import type { Db, Trx } from '@linkgrove/db';
import { sql } from 'kysely';

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

/** Identified by issuer and subject, never by address. */
export async function findIdentityUserId(
  db: Db,
  { issuer, subject }: { issuer: string; subject: string },
): Promise<string | undefined> {
  const row = await db
    .selectFrom('user_identities')
    .select('user_id')
    .where('issuer', '=', issuer)
    .where('subject', '=', subject)
    .executeTakeFirst();
  return row?.user_id;
}

/** Returns false if the identity is somebody's already. */
export async function insertIdentityRow(
  trx: Trx,
  identity: {
    id: string;
    userId: string;
    provider: string;
    issuer: string;
    subject: string;
    email: string | null;
  },
): Promise<boolean> {
  const { userId, ...row } = identity;
  const result = await trx
    .insertInto('user_identities')
    .values({ ...row, user_id: userId })
    .onConflict((conflict) => conflict.columns(['issuer', 'subject']).doNothing())
    .executeTakeFirst();
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/** Returns false if the user does not have it any more. */
export async function updateIdentityUse(
  trx: Trx,
  userId: string,
  { issuer, subject, email }: { issuer: string; subject: string; email: string | null },
): Promise<boolean> {
  const result = await trx
    .updateTable('user_identities')
    .set({ last_used_at: sql`now()`, email })
    .where('user_id', '=', userId)
    .where('issuer', '=', issuer)
    .where('subject', '=', subject)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export async function countIdentityRows(trx: Trx, userId: string): Promise<number> {
  const { count } = await trx
    .selectFrom('user_identities')
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow();
  return Number(count);
}

export async function deleteIdentityRow(trx: Trx, userId: string, id: string) {
  return trx
    .deleteFrom('user_identities')
    .where('user_id', '=', userId)
    .where('id', '=', id)
    .returning('provider')
    .executeTakeFirst();
}
