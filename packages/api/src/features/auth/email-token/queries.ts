import {
  daysAgoPart,
  type Db,
  deleteExpiredRows,
  type EmailTokenPurpose,
  type InsertPart,
  insertPart,
  type Trx,
} from '@linkgrove/db';
import { type NotNull, sql } from 'kysely';

/** Calls for one user wait for each other. */
export async function revokeEmailToken(
  trx: Trx,
  { userId, purpose, email }: { userId: string; purpose: EmailTokenPurpose; email?: string },
): Promise<void> {
  await trx.selectFrom('users').select('id').where('id', '=', userId).forNoKeyUpdate().execute();
  await trx
    .updateTable('email_tokens')
    .set({ used_at: sql`now()` })
    .where('user_id', '=', userId)
    .where('purpose', '=', purpose)
    .where('used_at', 'is', null)
    .$call((query) => (email === undefined ? query : query.where('email', '=', email)))
    .execute();
}

/** Those about sessions that are younger than the given one, or all. The caller holds the lock of the user's row. */
export async function revokeSignInReports(trx: Trx, userId: string, sessionId?: string): Promise<void> {
  const isOlder = sql<boolean>`session_id in (
    select s.id from sessions s join sessions own on own.id = ${sessionId ?? null}::uuid
    where s.user_id = ${userId}::uuid and s.created_at <= own.created_at)`;
  await trx
    .updateTable('email_tokens')
    .set({ used_at: sql`now()` })
    .where('user_id', '=', userId)
    .where('purpose', '=', 'report_sign_in')
    .where('used_at', 'is', null)
    .$call((query) => (sessionId === undefined ? query : query.where((eb) => eb.not(isOlder))))
    .execute();
}

export const insertEmailTokenPart = (token: {
  id: string;
  userId: string;
  purpose: EmailTokenPurpose;
  email: string;
  hash: Buffer;
  minutes: number;
  sessionId: string | null;
}): InsertPart => insertPart`
  insert into email_tokens (id, user_id, purpose, email, token_hash, session_id, expires_at)
  select ${token.id}::uuid, ${token.userId}::uuid, ${token.purpose}::text, ${token.email}::text,
    ${token.hash}::bytea, ${token.sessionId}::uuid, now() + make_interval(mins => ${token.minutes}::int)`;

// A token is valid only for the address it was sent to: the user's current one, or the one to change to or back to.
const selectValidTokens = (db: Db, purposes: EmailTokenPurpose[], hash: Buffer) =>
  db
    .selectFrom('email_tokens as t')
    .innerJoin('users as u', 'u.id', 't.user_id')
    .where('t.token_hash', '=', hash)
    .where('t.purpose', 'in', purposes)
    .where('t.used_at', 'is', null)
    .where('t.expires_at', '>', sql<Date>`now()`)
    .where(({ eb, ref, or }) =>
      or([eb('t.purpose', 'in', ['change_email', 'undo_email_change']), eb('u.email', '=', ref('t.email'))]),
    )
    .where('u.deleted_at', 'is', null);

export async function findEmailTokenOwner(db: Db, purposes: EmailTokenPurpose[], hash: Buffer) {
  return selectValidTokens(db, purposes, hash)
    .select([
      'u.id as userId',
      'u.email',
      'u.username',
      sql<boolean>`u.email_verified_at is not null`.as('emailVerified'),
    ])
    .$narrowType<{ email: NotNull; username: NotNull }>()
    .executeTakeFirst();
}

export async function findVerificationRow(db: Db, hash: Buffer) {
  const isNew = sql<boolean>`t.purpose = 'verify_email'`;
  return selectValidTokens(db, ['verify_email', 'change_email'], hash)
    .select([
      sql<'verify_email' | 'change_email'>`t.purpose`.as('purpose'),
      sql<Date>`case when ${isNew} then u.created_at else t.created_at end`.as('requestedAt'),
      sql<string | null>`case when ${isNew} then u.sign_up_country end`.as('country'),
    ])
    .executeTakeFirst();
}

/** One of several parallel calls succeeds. Locks the user's row before the token's, as everywhere, to avoid deadlocks. */
export async function takeEmailToken(trx: Trx, purposes: EmailTokenPurpose[], hash: Buffer) {
  const token = await selectValidTokens(trx, purposes, hash)
    .select(['t.id', 't.user_id as userId', 't.purpose', 't.email', 't.session_id as sessionId'])
    .forNoKeyUpdate(['u'])
    .executeTakeFirst();
  if (!token) return undefined;
  const { id, ...owner } = token;
  const result = await trx
    .updateTable('email_tokens')
    .set({ used_at: sql`now()` })
    .where('id', '=', id)
    .where('used_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n ? owner : undefined;
}

export async function findLiveEmailToken(
  db: Db,
  purpose: EmailTokenPurpose,
  { userId, email, restMinutes = 0 }: { userId: string; email?: string; restMinutes?: number },
) {
  return db
    .selectFrom('email_tokens')
    .select('id')
    .where('user_id', '=', userId)
    .where('purpose', '=', purpose)
    .where('used_at', 'is', null)
    .where('expires_at', '>', sql<Date>`now() + make_interval(mins => ${restMinutes})`)
    .$call((query) => (email === undefined ? query : query.where('email', '=', email)))
    .executeTakeFirst();
}

/** Used or not. */
export async function hasEmailTokenSince(
  db: Db,
  purpose: EmailTokenPurpose,
  { userId, minutes }: { userId: string; minutes: number },
): Promise<boolean> {
  const token = await db
    .selectFrom('email_tokens')
    .select('id')
    .where('user_id', '=', userId)
    .where('purpose', '=', purpose)
    .where('created_at', '>', sql<Date>`now() - make_interval(mins => ${minutes})`)
    .limit(1)
    .executeTakeFirst();
  return token !== undefined;
}

/** However old the token is. */
export async function isTokenAddressVerified(db: Db, hash: Buffer): Promise<boolean> {
  const row = await db
    .selectFrom('email_tokens as t')
    .innerJoin('users as u', 'u.id', 't.user_id')
    .select('t.id')
    .where('t.token_hash', '=', hash)
    .where('t.purpose', 'in', ['verify_email', 'change_email'])
    .whereRef('u.email', '=', 't.email')
    .where('u.email_verified_at', 'is not', null)
    .where('u.deleted_at', 'is', null)
    .executeTakeFirst();
  return row !== undefined;
}

export async function deleteEmailTokensByUser(trx: Trx, userId: string): Promise<void> {
  await trx.deleteFrom('email_tokens').where('user_id', '=', userId).execute();
}

export const deleteExpiredEmailTokens = (db: Db, days: number): Promise<void> =>
  deleteExpiredRows(db, { table: 'email_tokens', by: sql`expires_at`, before: daysAgoPart(days) });
