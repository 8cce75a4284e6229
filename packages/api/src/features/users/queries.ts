import { type Db, isoTimePart, prepareQuery, type SqlPart, sqlPart, type Trx } from '@linkgrove/db';
import { type NotNull, sql } from 'kysely';
import { isUuid } from '../../core/crypto/ids.ts';
import { pickDefined } from '../../core/objects.ts';
import { toPrefixPattern } from '../../core/text/prefix-pattern.ts';
import { lowerEmail } from './email-address/queries.ts';

const lowerUsername = sql<string>`lower(username collate "C")`;
const nameColumn = (name: string) => (name.includes('@') ? lowerEmail : lowerUsername);

export type NewUser = {
  id: string;
  username: string;
  email: string;
  emailCanonical: string;
  passwordHash: string | null;
  referralCode: string;
  country: string | null;
};

/** Inserts only if `mailbox_owner` is empty. Throws `users_email_key` and `users_username_key`. */
export const insertUserPart = <Reads extends string>(
  user: NewUser,
  { referredBy, condition }: { referredBy: SqlPart<Reads>; condition: SqlPart<Reads> },
): SqlPart<Reads | 'mailbox_owner'> => sqlPart<Reads | 'mailbox_owner'>`
  insert into users (id, username, email, email_canonical, password_hash, referral_code, sign_up_country, referred_by)
  select ${user.id}::uuid, ${user.username}::text, ${user.email}::text, ${user.emailCanonical}::text,
    ${user.passwordHash}::text, ${user.referralCode}::text, ${user.country}::text, (${referredBy})
  where ${condition} and not exists (select from mailbox_owner)
  returning id, username, email, created_at, referred_by`;

/** The new user of a sign-up, for `publishEventsPart`. */
export const newUserEventPart = (workspaceId: string | null) => sqlPart<'account'>`
  select ${workspaceId}::uuid as workspace_id, a.id as object_id, json_build_object(
    'id', a.id, 'username', a.username, 'email', a.email, 'createdAt', ${isoTimePart(sql`a.created_at`)}
  ) as data
  from account a`;

const selectAccounts = (db: Db) =>
  db
    .selectFrom('users')
    .select([
      'id',
      'email',
      'username',
      'password_hash as passwordHash',
      'role',
      'created_at as createdAt',
      'sign_up_country as signUpCountry',
      sql<boolean>`suspended_at is not null`.as('suspended'),
      sql<boolean>`email_verified_at is not null`.as('emailVerified'),
    ])
    .where('deleted_at', 'is', null)
    .$narrowType<{ email: NotNull; username: NotNull }>();

/** Users whom the text means: by ID, email address, or the beginning of the username. */
export function foundUsersSubquery(text: string) {
  if (isUuid(text)) return sql<string>`select ${text}::uuid`;
  if (text.includes('@'))
    return sql<string>`select id from users where ${lowerEmail} = ${text.toLowerCase()}`;
  return sql<string>`select id from users where ${lowerUsername} like ${toPrefixPattern(text.toLowerCase())}`;
}

export type AccountRow = NonNullable<Awaited<ReturnType<typeof findAccountById>>>;

export async function findAccount(db: Db, name: string): Promise<AccountRow | undefined> {
  if (isUuid(name)) return findAccountById(db, name);
  return selectAccounts(db).where(nameColumn(name), '=', name.toLowerCase()).executeTakeFirst();
}

export async function findAccountById(db: Db, id: string) {
  return selectAccounts(db).where('id', '=', id).executeTakeFirst();
}

/** Until the transaction ends. */
export async function lockAccountById(trx: Trx, id: string): Promise<AccountRow | undefined> {
  return selectAccounts(trx).where('id', '=', id).forNoKeyUpdate().executeTakeFirst();
}

export async function lockAccountByEmail(trx: Trx, email: string): Promise<AccountRow | undefined> {
  return selectAccounts(trx).where(lowerEmail, '=', email.toLowerCase()).forNoKeyUpdate().executeTakeFirst();
}

/** The tables belong to `auth`, which writes them. */
const mfaPart = sql<{ totp: boolean; recoveryCodes: number; passkeys: number }>`json_build_object(
  'totp', exists (select from totp_factors f where f.user_id = u.id and f.confirmed_at is not null),
  'recoveryCodes', (select count(*) from recovery_codes c where c.user_id = u.id),
  'passkeys', (select count(*) from passkeys p where p.user_id = u.id))`;

const selectUser = prepareQuery({ id: '' }, (db, { id }) =>
  db
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
      'u.premium_until as premiumUntil',
      'u.created_at as createdAt',
      mfaPart.as('mfa'),
    ])
    .where('u.id', '=', id)
    .where('u.deleted_at', 'is', null)
    .$narrowType<{ email: NotNull; username: NotNull }>()
    .compile(),
);

export type UserRow = Awaited<ReturnType<typeof selectUser>>[number];

export async function findUser(db: Db, id: string): Promise<UserRow | undefined> {
  const [user] = await selectUser(db, { id });
  return user;
}

/** Returns false if the password was changed since it was checked, or the user was suspended or deleted. */
export async function lockUserByPassword(
  trx: Trx,
  id: string,
  passwordHash: string | null,
): Promise<boolean> {
  const row = await trx
    .selectFrom('users')
    .select('id')
    .where('id', '=', id)
    .where('password_hash', 'is not distinct from', passwordHash)
    .where('suspended_at', 'is', null)
    .where('deleted_at', 'is', null)
    .forNoKeyUpdate()
    .executeTakeFirst();
  return row !== undefined;
}

export async function updatePasswordHash(db: Db, id: string, passwordHash: string | null): Promise<void> {
  await db.updateTable('users').set({ password_hash: passwordHash }).where('id', '=', id).execute();
}

export async function findPreferences(db: Db, id: string) {
  return db
    .selectFrom('users')
    .select([
      'leaderboard',
      'referral_mail as referralMail',
      'premium_until as premiumUntil',
      'sign_up_country as signUpCountry',
    ])
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
}

export type UserChange = {
  displayName?: string | null | undefined;
  leaderboard?: boolean | undefined;
  referralMail?: boolean | undefined;
};

export async function updateUser(db: Db, id: string, change: UserChange): Promise<void> {
  const columns = pickDefined({
    display_name: change.displayName,
    leaderboard: change.leaderboard,
    referral_mail: change.referralMail,
  });
  if (Object.keys(columns).length === 0) return;
  await db.updateTable('users').set(columns).where('id', '=', id).execute();
}

/** Returns false if the last rename was less than `days` ago. Throws `users_username_key`. */
export async function updateUsername(db: Db, id: string, username: string, days: number): Promise<boolean> {
  const result = await db
    .updateTable('users')
    .set({ username, username_changed_at: sql`now()` })
    .where('id', '=', id)
    .where(sql<boolean>`coalesce(username_changed_at < now() - make_interval(days => ${days}), true)`)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export async function updateSuspension(trx: Trx, id: string, suspended: boolean): Promise<void> {
  await trx
    .updateTable('users')
    .set({ suspended_at: suspended ? sql`now()` : null })
    .where('id', '=', id)
    .execute();
}

/** In one order, so that parallel calls do not deadlock. */
export async function lockAdministrators(trx: Trx): Promise<string[]> {
  const rows = await trx
    .selectFrom('users')
    .select('id')
    .where('role', '=', 'admin')
    .orderBy('id')
    .forUpdate()
    .execute();
  return rows.map((row) => row.id);
}

export async function updateRole(trx: Trx, id: string, role: 'user' | 'admin'): Promise<void> {
  await trx.updateTable('users').set({ role }).where('id', '=', id).execute();
}

/** The row stays, so that counts do not change. `emailHmac` is null if the address was not verified. */
export async function anonymiseUser(trx: Trx, id: string, emailHmac: Buffer | null): Promise<void> {
  await sql`
    with past as (delete from previous_emails where user_id = ${id} returning email_hmac)
    insert into email_tombstones (email_hmac)
    select email_hmac from past union select ${emailHmac}::bytea where ${emailHmac}::bytea is not null
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
      sign_up_country: null,
      role: 'user',
      deleted_at: sql`now()`,
    })
    .where('id', '=', id)
    .execute();
}
