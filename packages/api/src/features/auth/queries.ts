import type { Db, Trx } from '@linkgrove/db';
import { sql } from 'kysely';

const lowerEmail = sql<string>`lower(email collate "C")`;
const lowerUsername = sql<string>`lower(username collate "C")`;

export type NewUser = {
  id: string;
  username: string;
  email: string;
  emailCanonical: string;
  passwordHash: string;
  referralCode: string;
  referredBy: string | null;
};

/** Stores a user; throws the unique violations `users_email_key` and `users_username_key`. */
export async function insertUser(trx: Trx, user: NewUser): Promise<void> {
  await trx
    .insertInto('users')
    .values({
      id: user.id,
      username: user.username,
      email: user.email,
      email_canonical: user.emailCanonical,
      password_hash: user.passwordHash,
      referral_code: user.referralCode,
      referred_by: user.referredBy,
    })
    .execute();
}

/** Which of the two a new user could not have, at this moment. */
export async function findTaken(db: Db, input: { email: string; username: string }) {
  return db
    .selectNoFrom(({ exists, selectFrom }) => [
      exists(selectFrom('users').select('id').where(lowerEmail, '=', input.email.toLowerCase())).as('email'),
      exists(selectFrom('users').select('id').where(lowerUsername, '=', input.username.toLowerCase())).as(
        'username',
      ),
    ])
    .executeTakeFirstOrThrow();
}

/** The account that an email address or a username names, without regard to case. */
export async function findAccount(db: Db, identifier: string) {
  return db
    .selectFrom('users')
    .select(['id', 'password_hash as passwordHash'])
    .where(identifier.includes('@') ? lowerEmail : lowerUsername, '=', identifier.toLowerCase())
    .executeTakeFirst();
}

/** Whom to write to at an address; undefined if nobody has it. */
export async function findRecipient(db: Db, email: string) {
  return db
    .selectFrom('users')
    .select(['id', 'email', 'username'])
    .where(lowerEmail, '=', email.toLowerCase())
    .executeTakeFirst();
}

/** A user as shown to themselves, with the referrer's name. */
export async function findUser(db: Db, id: string) {
  return db
    .selectFrom('users as u')
    .leftJoin('users as referrer', 'referrer.id', 'u.referred_by')
    .select([
      'u.id',
      'u.email',
      'u.username',
      'u.display_name as displayName',
      'u.email_verified_at as emailVerifiedAt',
      'u.referral_code as referralCode',
      'referrer.username as referredBy',
      'u.role',
      'u.created_at as createdAt',
    ])
    .where('u.id', '=', id)
    .executeTakeFirst();
}

export async function setPasswordHash(db: Db, id: string, passwordHash: string): Promise<void> {
  await db.updateTable('users').set({ password_hash: passwordHash }).where('id', '=', id).execute();
}

export async function markEmailVerified(trx: Trx, id: string): Promise<void> {
  await trx
    .updateTable('users')
    .set({ email_verified_at: sql`coalesce(email_verified_at, now())` })
    .where('id', '=', id)
    .execute();
}
