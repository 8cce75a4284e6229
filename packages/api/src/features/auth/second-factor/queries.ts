import type { Db, Trx } from '@linkgrove/db';
import { sql } from 'kysely';
import { SETUP_MINUTES } from './policy.ts';

/** Returns false if the user has a confirmed factor, which stays. */
export async function insertPendingFactor(db: Db, userId: string, secret: Buffer): Promise<boolean> {
  const result = await db
    .insertInto('totp_factors')
    .values({ user_id: userId, secret })
    .onConflict((conflict) =>
      conflict
        .column('user_id')
        .doUpdateSet({ secret, created_at: sql`now()` })
        .where('totp_factors.confirmed_at', 'is', null),
    )
    .executeTakeFirst();
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

export async function findTotpFactor(db: Db, userId: string) {
  return db
    .selectFrom('totp_factors')
    .select([
      'secret',
      sql<boolean>`confirmed_at is not null`.as('isConfirmed'),
      sql<boolean>`created_at < now() - make_interval(mins => ${SETUP_MINUTES})`.as('isOld'),
    ])
    .where('user_id', '=', userId)
    .executeTakeFirst();
}

export async function listTotpSecrets(db: Db) {
  return db.selectFrom('totp_factors').select(['user_id as userId', 'secret']).execute();
}

/** Unless it was replaced meanwhile. */
export async function replaceTotpSecret(
  db: Db,
  userId: string,
  { before, after }: { before: Buffer; after: Buffer },
): Promise<void> {
  await db
    .updateTable('totp_factors')
    .set({ secret: after })
    .where('user_id', '=', userId)
    .where('secret', '=', before)
    .execute();
}

export async function markFactorConfirmed(trx: Trx, userId: string, step: number): Promise<void> {
  await trx
    .updateTable('totp_factors')
    .set({ confirmed_at: sql`now()`, last_step: step })
    .where('user_id', '=', userId)
    .execute();
}

/** Returns false if this code or a later one was used. */
export async function takeStep(trx: Trx, userId: string, step: number): Promise<boolean> {
  const result = await trx
    .updateTable('totp_factors')
    .set({ last_step: step })
    .where('user_id', '=', userId)
    .where('last_step', '<', step)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export async function deleteFactor(trx: Trx, userId: string): Promise<void> {
  await trx.deleteFrom('totp_factors').where('user_id', '=', userId).execute();
}

export async function replaceRecoveryCodeRows(trx: Trx, userId: string, hashes: Buffer[]): Promise<void> {
  await trx.deleteFrom('recovery_codes').where('user_id', '=', userId).execute();
  if (hashes.length === 0) return;
  await trx
    .insertInto('recovery_codes')
    .values(hashes.map((code_hash) => ({ user_id: userId, code_hash })))
    .execute();
}

/** One of several parallel calls gets true. */
export async function takeRecoveryCode(trx: Trx, userId: string, hash: Buffer): Promise<boolean> {
  const result = await trx
    .deleteFrom('recovery_codes')
    .where('user_id', '=', userId)
    .where('code_hash', '=', hash)
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}

export async function hasRecoveryCodes(db: Db, userId: string): Promise<boolean> {
  const row = await db
    .selectFrom('recovery_codes')
    .select('user_id')
    .where('user_id', '=', userId)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Whether it began with a mailed code, as `otp` says, or with the account itself. */
export async function isSessionOfOwner(db: Db, id: string): Promise<boolean> {
  const session = await db
    .selectFrom('sessions as s')
    .innerJoin('users as u', 'u.id', 's.user_id')
    .select('s.id')
    .where('s.id', '=', id)
    .where(sql<boolean>`('otp' = any(s.amr) or s.created_at = u.created_at)`)
    .executeTakeFirst();
  return session !== undefined;
}

/** Whether it began with two factors, or with a passkey that verified its user. */
export async function isSessionMultiFactor(db: Db, id: string): Promise<boolean> {
  const session = await db
    .selectFrom('sessions')
    .select('id')
    .where('id', '=', id)
    .where(sql<boolean>`'mfa' = any(amr)`)
    .executeTakeFirst();
  return session !== undefined;
}
