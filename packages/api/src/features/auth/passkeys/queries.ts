import { type Db, deleteExpiredRows, type Trx } from '@linkgrove/db';
import { sql } from 'kysely';

const now = sql<Date>`now()`;

export async function insertPasskeyChallenge(
  db: Db,
  { hash, userId, seconds }: { hash: Buffer; userId: string | null; seconds: number },
): Promise<void> {
  const expires_at = sql<Date>`now() + make_interval(secs => ${seconds})`;
  await db
    .insertInto('passkey_challenges')
    .values({ challenge_hash: hash, user_id: userId, expires_at })
    .execute();
}

/** One of several parallel calls gets true. A challenge for registering belongs to its user, one for signing in to nobody. */
export async function takePasskeyChallenge(db: Db, hash: Buffer, userId: string | null): Promise<boolean> {
  const result = await db
    .deleteFrom('passkey_challenges')
    .where('challenge_hash', '=', hash)
    .where('user_id', 'is not distinct from', userId)
    .where('expires_at', '>', now)
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}

export const deleteExpiredChallenges = (db: Db): Promise<void> =>
  deleteExpiredRows(db, { table: 'passkey_challenges', by: sql`expires_at`, before: now });

const selectPasskeys = (db: Db) =>
  db
    .selectFrom('passkeys')
    .select(['id', 'name', 'backed_up as backedUp', 'created_at as createdAt', 'last_used_at as lastUsedAt'])
    .select(['user_id as userId', 'credential_id as credentialId', 'transports']);
export type PasskeyRow = Awaited<ReturnType<typeof listPasskeyRows>>[number];

export async function listPasskeyRows(db: Db, userId: string) {
  return selectPasskeys(db).where('user_id', '=', userId).orderBy('id', 'desc').execute();
}

export async function findPasskeyRow(db: Db, userId: string, id: string): Promise<PasskeyRow | undefined> {
  return selectPasskeys(db).where('user_id', '=', userId).where('id', '=', id).executeTakeFirst();
}

export async function findCredential(db: Db, credentialId: Buffer) {
  return selectPasskeys(db)
    .select(['public_key as publicKey', 'counter'])
    .where('credential_id', '=', credentialId)
    .executeTakeFirst();
}

export type NewPasskey = {
  id: string;
  userId: string;
  credentialId: Buffer;
  publicKey: Buffer;
  counter: number;
  backedUp: boolean;
  transports: string[];
  name: string;
};

/** Throws the unique violation `passkeys_credential_key`. */
export async function insertPasskey(trx: Trx, passkey: NewPasskey): Promise<void> {
  const { id, counter, transports, name } = passkey;
  await trx
    .insertInto('passkeys')
    .values({
      id,
      counter,
      transports,
      name,
      user_id: passkey.userId,
      credential_id: passkey.credentialId,
      public_key: passkey.publicKey,
      backed_up: passkey.backedUp,
    })
    .execute();
}

/** Returns false if it was deleted meanwhile. */
export async function recordPasskeyUse(
  trx: Trx,
  id: string,
  { counter, backedUp }: { counter: number; backedUp: boolean },
): Promise<boolean> {
  const result = await trx
    .updateTable('passkeys')
    .set({ counter, backed_up: backedUp, last_used_at: now })
    .where('id', '=', id)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export async function updatePasskeyName(db: Db, userId: string, id: string, name: string): Promise<boolean> {
  const result = await db
    .updateTable('passkeys')
    .set({ name })
    .where('user_id', '=', userId)
    .where('id', '=', id)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export async function deletePasskeyRow(trx: Trx, userId: string, id: string): Promise<boolean> {
  const result = await trx
    .deleteFrom('passkeys')
    .where('user_id', '=', userId)
    .where('id', '=', id)
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}
