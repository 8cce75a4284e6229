import { type Db, isoTimePart } from '@linkgrove/db';
import { type NotNull, type RawBuilder, sql } from 'kysely';
import { isUuid } from '../../core/crypto/ids.ts';
import { toPrefixPattern } from '../../core/text/prefix-pattern.ts';
import type { AdminUserDetails, ListUsersInput } from './schema.ts';

const selectUsers = (db: Db) =>
  db
    .selectFrom('users as u')
    .select([
      'u.id',
      'u.email',
      'u.username',
      'u.role',
      'u.created_at as createdAt',
      sql<boolean>`u.suspended_at is not null`.as('suspended'),
      sql<boolean>`u.email_verified_at is not null`.as('emailVerified'),
    ])
    .where('u.deleted_at', 'is', null)
    .$narrowType<{ email: NotNull; username: NotNull }>();

export type AdminUserRow = Awaited<ReturnType<typeof listUserRows>>[number];

/** Prefixes, as the unique indexes of both columns answer them. */
function textCondition(text: string): RawBuilder<boolean> {
  if (isUuid(text)) return sql<boolean>`u.id = ${text}::uuid`;
  const pattern = toPrefixPattern(text.toLowerCase());
  const isEmail = sql`lower(u.email collate "C") like ${pattern}`;
  if (text.includes('@')) return sql<boolean>`${isEmail}`;
  return sql<boolean>`(lower(u.username collate "C") like ${pattern} or ${isEmail})`;
}

type Filter = Pick<ListUsersInput, 'q' | 'role' | 'status'> & { before: string | null; limit: number };

/** The newest first. */
export async function listUserRows(db: Db, { q, role, status, before, limit }: Filter) {
  return selectUsers(db)
    .$call((query) => (q === undefined ? query : query.where(textCondition(q))))
    .$call((query) => (role === undefined ? query : query.where('u.role', '=', sql.lit(role))))
    .$call((query) =>
      status === undefined
        ? query
        : query.where('u.suspended_at', status === 'suspended' ? 'is not' : 'is', null),
    )
    .$call((query) => (before === null ? query : query.where('u.id', '<', before)))
    .orderBy('u.id', 'desc')
    .limit(limit)
    .execute();
}

type Details = Pick<AdminUserDetails, 'identities' | 'workspaces' | 'mfa'>;

const identitiesPart = sql<Details['identities']>`(
  select coalesce(json_agg(json_build_object('provider', i.provider, 'email', i.email,
    'createdAt', ${isoTimePart(sql`i.created_at`)}, 'lastUsedAt', ${isoTimePart(sql`i.last_used_at`)}
  ) order by i.id), '[]')
  from user_identities i where i.user_id = u.id)`;

const workspacesPart = sql<Details['workspaces']>`(
  select coalesce(json_agg(json_build_object('id', w.id, 'name', w.name, 'role', m.role) order by w.id), '[]')
  from workspace_members m join workspaces w on w.id = m.workspace_id
  where m.user_id = u.id and w.deleted_at is null)`;

const mfaPart = sql<Details['mfa']>`json_build_object(
  'totp', exists (select from totp_factors f where f.user_id = u.id and f.confirmed_at is not null),
  'recoveryCodes', (select count(*) from recovery_codes c where c.user_id = u.id),
  'passkeys', (select count(*) from passkeys p where p.user_id = u.id))`;

const sessionsPart = sql<number>`(
  select count(*) from sessions s where s.user_id = u.id and s.ended_at is null and s.expires_at > now())`;

const lastSignInPart = sql<Date | null>`(
  select e.created_at from security_events e
  where e.user_id = u.id and e.type in ('signed_up', 'signed_in') order by e.id desc limit 1)`;

export type AdminUserDetailsRow = NonNullable<Awaited<ReturnType<typeof findUserDetails>>>;

export async function findUserDetails(db: Db, id: string) {
  return selectUsers(db)
    .select([
      'u.suspended_at as suspendedAt',
      sql<boolean>`u.password_hash is not null`.as('hasPassword'),
      identitiesPart.as('identities'),
      workspacesPart.as('workspaces'),
      mfaPart.as('mfa'),
      sessionsPart.as('sessions'),
      lastSignInPart.as('lastSignInAt'),
    ])
    .where('u.id', '=', id)
    .executeTakeFirst();
}
