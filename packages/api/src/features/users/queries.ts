import type { Db, Trx } from '@linkgrove/db';
import { type NotNull, type RawBuilder, sql } from 'kysely';
import { isUuid } from '../../core/crypto/ids.ts';
import { pickDefined } from '../../core/objects.ts';

const lowerEmail = sql<string>`lower(email collate "C")`;
const lowerUsername = sql<string>`lower(username collate "C")`;
const nameColumn = (name: string) => (name.includes('@') ? lowerEmail : lowerUsername);

export type NewUser = {
  id: string;
  username: string;
  email: string;
  emailCanonical: string;
  passwordHash: string;
  referralCode: string;
};

/**
 * The insertion of a user; `referredBy` says by whom, in SQL. Throws the unique violations `users_email_key`
 * and `users_username_key`.
 */
export const insertUserQuery = (user: NewUser, referredBy: RawBuilder<unknown>): RawBuilder<unknown> => sql`
  insert into users (id, username, email, email_canonical, password_hash, referral_code, referred_by)
  select ${user.id}::uuid, ${user.username}::text, ${user.email}::text, ${user.emailCanonical}::text,
    ${user.passwordHash}::text, ${user.referralCode}::text, ${referredBy}`;

const selectAccounts = (db: Db) =>
  db
    .selectFrom('users')
    .select([
      'id',
      'email',
      'username',
      'password_hash as passwordHash',
      'role',
      sql<boolean>`suspended_at is not null`.as('suspended'),
    ])
    .where('deleted_at', 'is', null)
    .$narrowType<{ email: NotNull; username: NotNull; passwordHash: NotNull }>();

export type AccountRow = NonNullable<Awaited<ReturnType<typeof findAccountById>>>;

/** The account that an email address or a username names, without regard to case, or that has this id. */
export async function findAccount(db: Db, name: string): Promise<AccountRow | undefined> {
  if (isUuid(name)) return findAccountById(db, name);
  return selectAccounts(db).where(nameColumn(name), '=', name.toLowerCase()).executeTakeFirst();
}

/** The account with this id, unless it was deleted. */
export async function findAccountById(db: Db, id: string) {
  return selectAccounts(db).where('id', '=', id).executeTakeFirst();
}

export type UserRow = NonNullable<Awaited<ReturnType<typeof findUser>>>;

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
    .where('u.deleted_at', 'is', null)
    .$narrowType<{ email: NotNull; username: NotNull }>()
    .executeTakeFirst();
}

/**
 * Holds a user's row if its password is still the one that was checked: until the transaction ends nobody
 * changes it. False if it was changed, or the user suspended or deleted, meanwhile.
 */
export async function lockUserByPassword(trx: Trx, id: string, passwordHash: string): Promise<boolean> {
  const row = await trx
    .selectFrom('users')
    .select('id')
    .where('id', '=', id)
    .where('password_hash', '=', passwordHash)
    .where('suspended_at', 'is', null)
    .forNoKeyUpdate()
    .executeTakeFirst();
  return row !== undefined;
}

export async function updatePasswordHash(db: Db, id: string, passwordHash: string): Promise<void> {
  await db.updateTable('users').set({ password_hash: passwordHash }).where('id', '=', id).execute();
}

export async function markEmailVerified(trx: Trx, id: string): Promise<void> {
  await trx
    .updateTable('users')
    .set({ email_verified_at: sql`coalesce(email_verified_at, now())` })
    .where('id', '=', id)
    .execute();
}

/**
 * Gives a user another, verified address, and remembers the one before as a keyed hash. Throws the unique
 * violation `users_email_key`.
 */
export async function updateEmail(
  trx: Trx,
  id: string,
  email: { address: string; canonical: string; previousHmac: Buffer },
): Promise<void> {
  await trx
    .insertInto('previous_emails')
    .values({ user_id: id, email_hmac: email.previousHmac })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await trx
    .updateTable('users')
    .set({ email: email.address, email_canonical: email.canonical, email_verified_at: sql`now()` })
    .where('id', '=', id)
    .execute();
}

/** What a user has chosen and redeemed that others do not see. */
export async function findPreferences(db: Db, id: string) {
  return db
    .selectFrom('users')
    .select(['leaderboard', 'referral_mail as referralMail', 'premium_until as premiumUntil'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
}

/** What a user may change about themselves at any time. */
export type UserChange = {
  displayName?: string | null | undefined;
  leaderboard?: boolean | undefined;
  referralMail?: boolean | undefined;
};

/** Changes the members that are given. */
export async function updateUser(db: Db, id: string, change: UserChange): Promise<void> {
  const columns = pickDefined({
    display_name: change.displayName,
    leaderboard: change.leaderboard,
    referral_mail: change.referralMail,
  });
  if (Object.keys(columns).length === 0) return;
  await db.updateTable('users').set(columns).where('id', '=', id).execute();
}

/** Renames a user who has not been renamed for `days`; false if it is too soon. Throws `users_username_key`. */
export async function updateUsername(db: Db, id: string, username: string, days: number): Promise<boolean> {
  const result = await db
    .updateTable('users')
    .set({ username, username_changed_at: sql`now()` })
    .where('id', '=', id)
    .where(sql<boolean>`coalesce(username_changed_at < now() - make_interval(days => ${days}), true)`)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Suspends a user or restores them; false if that is how they are already. */
export async function updateSuspension(trx: Trx, id: string, suspended: boolean): Promise<boolean> {
  const result = await trx
    .updateTable('users')
    .set({ suspended_at: suspended ? sql`now()` : null })
    .where('id', '=', id)
    .where('suspended_at', suspended ? 'is' : 'is not', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Sets a user's role; false where they are the last administrator and would be none. */
export async function updateRole(trx: Trx, id: string, role: 'user' | 'admin'): Promise<boolean> {
  // In one order, so that two administrators who demote each other wait instead of both succeeding.
  const admins = await trx
    .selectFrom('users')
    .select('id')
    .where('role', '=', 'admin')
    .orderBy('id')
    .forUpdate()
    .execute();
  if (role === 'user' && admins.length === 1 && admins[0]?.id === id) return false;
  await trx.updateTable('users').set({ role }).where('id', '=', id).execute();
  return true;
}

/** Adds a month to what is left of a user's premium time and returns its new end. */
export async function extendPremium(trx: Trx, id: string): Promise<Date> {
  const row = await trx
    .updateTable('users')
    .set({ premium_until: sql`greatest(premium_until, now()) + interval '1 month'` })
    .where('id', '=', id)
    .returning(sql<Date>`premium_until`.as('premiumUntil'))
    .executeTakeFirstOrThrow();
  return row.premiumUntil;
}

/**
 * Takes everything of the person out of a user's row; the row stays, so that counts do. Their addresses, past
 * ones too, stay as keyed hashes that lead to nobody.
 */
export async function anonymiseUser(trx: Trx, id: string, emailHmac: Buffer): Promise<void> {
  await sql`
    with past as (delete from previous_emails where user_id = ${id} returning email_hmac)
    insert into email_tombstones (email_hmac)
    select email_hmac from past union select ${emailHmac}::bytea
    on conflict do nothing`.execute(trx);
  await trx
    .updateTable('users')
    .set({
      username: null,
      email: null,
      email_canonical: null,
      password_hash: null,
      display_name: null,
      avatar_url: null,
      role: 'user',
      deleted_at: sql`now()`,
    })
    .where('id', '=', id)
    .execute();
}
