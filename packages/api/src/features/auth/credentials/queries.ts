import type { Db, Trx } from '@linkgrove/db';
import { type RawBuilder, sql } from 'kysely';

/** Tables of ways in, of second factors and of what is known of earlier sign-ins, with the column `user_id`. */
const TABLES = [
  'user_identities',
  'totp_factors',
  'recovery_codes',
  'trusted_devices',
  'passkeys',
  'passkey_challenges',
  'sign_in_origins',
] as const;

/** Those of `TABLES` whose rows stay valid after a reset by mail. */
const DATED_TABLES = [
  'user_identities',
  'totp_factors',
  'recovery_codes',
  'trusted_devices',
  'passkeys',
] as const;

/** For rows that were made before the owner of the address is known to use the account. */
export const unprovenCondition = (userId: string): RawBuilder<boolean> =>
  sql`created_at < (select unproven_until from users where id = ${userId}::uuid)`;

/** For rows that were made since a session began. */
export const madeSinceCondition = (sessionId: string): RawBuilder<boolean> =>
  sql`created_at >= (select s.created_at from sessions s where s.id = ${sessionId}::uuid)`;

export const always = sql<boolean>`true`;

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
export async function revokeKeyRows(
  trx: Trx,
  userId: string,
  condition: RawBuilder<boolean>,
): Promise<{ id: string; hash: Buffer }[]> {
  return trx
    .updateTable('api_keys')
    .set({ revoked_at: sql`now()` })
    .where('created_by', '=', userId)
    .where('revoked_at', 'is', null)
    .where(condition)
    .returning(['id', 'hash'])
    .execute();
}

/** The same with `webhooks`, which have no author: all those of workspaces that the user owns. */
export async function deleteWebhookRows(
  trx: Trx,
  userId: string,
  condition: RawBuilder<boolean>,
): Promise<void> {
  await trx
    .deleteFrom('webhook_endpoints')
    .where('workspace_id', 'in', (eb) =>
      eb
        .selectFrom('workspace_members')
        .select('workspace_id')
        .where('user_id', '=', userId)
        .where('role', '=', 'owner'),
    )
    .where(condition)
    .execute();
}

export async function deleteDatedRows(
  trx: Trx,
  userId: string,
  condition: RawBuilder<boolean>,
): Promise<void> {
  for (const table of DATED_TABLES)
    await trx.deleteFrom(table).where('user_id', '=', userId).where(condition).execute();
}

export async function deleteCredentialRows(trx: Trx, userId: string): Promise<void> {
  for (const table of TABLES) await trx.deleteFrom(table).where('user_id', '=', userId).execute();
}
