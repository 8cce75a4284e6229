import type { Db, Trx } from '@linkgrove/db';
import { sql } from 'kysely';

/** Tables of ways in and of second factors, with the column `user_id`. A new kind of credential is one more name. */
const TABLES = [
  'user_identities',
  'totp_factors',
  'recovery_codes',
  'trusted_devices',
  'passkeys',
  'passkey_challenges',
] as const;

/** Each way in with its ID; that of the password is the user's. A new kind is one more line. */
const waysInSubquery = (userId: string) => sql`
  select id, 'password' as kind from users where id = ${userId}::uuid and password_hash is not null
  union all select id, 'sign_in' from user_identities where user_id = ${userId}::uuid
  union all select id, 'sign_in' from passkeys where user_id = ${userId}::uuid`;

/** Kinds of proof that the user can give. A second factor proves something, although it is no way in. */
const proofsSubquery = (userId: string) => sql`
  select kind from (${waysInSubquery(userId)}) way
  union select 'code' from totp_factors where user_id = ${userId}::uuid and confirmed_at is not null
  union select 'sign_in'`;

/** Whether the user can sign in without the one that goes. */
export async function hasOtherWayIn(trx: Trx, userId: string, idThatGoes: string): Promise<boolean> {
  const { rows } = await sql`
    select from (${waysInSubquery(userId)}) way where id <> ${idThatGoes}::uuid limit 1`.execute(trx);
  return rows.length > 0;
}

export async function listProofKinds(db: Db, userId: string): Promise<string[]> {
  const { rows } = await sql<{ kind: string }>`
    select kind from (${proofsSubquery(userId)}) proof order by kind`.execute(db);
  return rows.map(({ kind }) => kind);
}

/** `keys` owns the table and knows `auth`, which cannot call it. Returns what was live. */
export async function revokeKeyRows(trx: Trx, userId: string): Promise<{ id: string; hash: Buffer }[]> {
  return trx
    .updateTable('api_keys')
    .set({ revoked_at: sql`now()` })
    .where('created_by', '=', userId)
    .where('revoked_at', 'is', null)
    .returning(['id', 'hash'])
    .execute();
}

export async function deleteCredentialRows(trx: Trx, userId: string): Promise<void> {
  for (const table of TABLES) await trx.deleteFrom(table).where('user_id', '=', userId).execute();
}
