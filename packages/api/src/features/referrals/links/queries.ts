import { type Db, type InsertPart, insertPart, type Trx } from '@linkgrove/db';
import { sql } from 'kysely';
import type { Plan } from '../../users/schema.ts';

const foldCase = (column: string) => sql<string>`lower(${sql.ref(column)} collate "C")`;

export type UsableLink = { id: string; ownerId: string; code: string; landingUrl: string | null };

/** Current or replaced code, in any case, that a new user can sign up with now. */
export async function findUsableLinkRow(db: Db, code: string): Promise<UsableLink | undefined> {
  return db
    .selectFrom('referral_codes as c')
    .innerJoin('referral_links as l', 'l.id', 'c.link_id')
    .innerJoin('users as u', 'u.id', 'l.user_id')
    .select(['l.id', 'l.user_id as ownerId', 'l.code', 'l.landing_url as landingUrl'])
    .where(foldCase('c.code'), '=', code.toLowerCase())
    .where('l.enabled', '=', true)
    .where('l.deleted_at', 'is', null)
    .where(sql<boolean>`coalesce(l.expires_at > now(), true)`)
    .where(sql<boolean>`coalesce(l.uses < l.max_uses, true)`)
    .where('u.suspended_at', 'is', null)
    .where('u.deleted_at', 'is', null)
    .executeTakeFirst();
}

/** Usable or not. */
export async function findLinkRow(
  db: Db,
  code: string,
): Promise<{ id: string; ownerId: string } | undefined> {
  return db
    .selectFrom('referral_codes as c')
    .innerJoin('referral_links as l', 'l.id', 'c.link_id')
    .select(['l.id', 'l.user_id as ownerId'])
    .where(foldCase('c.code'), '=', code.toLowerCase())
    .executeTakeFirst();
}

export async function findLinkReferrer(db: Db, linkId: string) {
  return db
    .selectFrom('referral_links as l')
    .innerJoin('users as u', 'u.id', 'l.user_id')
    .select(['l.code', 'u.username', 'u.display_name as displayName', 'u.avatar_url as avatarUrl'])
    .where('l.id', '=', linkId)
    .executeTakeFirst();
}

export type NewLink = {
  id: string;
  userId: string;
  code: string;
  label: string | null;
  enabled: boolean;
  expiresAt: Date | null;
  maxUses: number | null;
  usesOf: 'signups' | 'successes';
  landingUrl: string | null;
};

/** The link needs a code, see `insertCodePart`. */
export const insertLinkPart = (link: NewLink): InsertPart => insertPart`
  insert into referral_links (id, user_id, code, label, enabled, expires_at, max_uses, uses_of, landing_url)
  select ${link.id}::uuid, ${link.userId}::uuid, ${link.code}::text, ${link.label}::text, ${link.enabled}::boolean,
    ${link.expiresAt}::timestamptz, ${link.maxUses}::int, ${link.usesOf}::text, ${link.landingUrl}::text`;

type NewCode = { code: string; linkId: string; userId: string };

/** Codes are never deleted. Throws the unique violation `referral_codes_folded_key`. */
export const insertCodePart = (row: NewCode): InsertPart => insertPart`
  insert into referral_codes (code, link_id, user_id)
  select ${row.code}::text, ${row.linkId}::uuid, ${row.userId}::uuid`;

/** Returns false if the code is another user's name, or a handle of a workspace that the user is not in, held or not. Throws `referral_codes_folded_key`. */
export async function insertFreeCode(trx: Trx, { code, linkId, userId }: NewCode): Promise<boolean> {
  const { rows } = await sql`
    insert into referral_codes (code, link_id, user_id)
    select ${code}::text, ${linkId}::uuid, ${userId}::uuid
    where not exists (
        select from users u
        where lower(u.username collate "C") = ${code.toLowerCase()}::text and u.id <> ${userId}::uuid
      )
      and not exists (
        select from handles h
        where h.handle = ${code.toLowerCase()}::text and coalesce(h.until > now(), true)
          and not exists (
            select from workspace_members m
            where m.workspace_id = h.workspace_id and m.user_id = ${userId}::uuid
          )
      )
    returning code`.execute(trx);
  return rows.length > 0;
}

/** The same for the referrer of a workspace's campaign: any user's name is taken, and any handle of another workspace. */
export async function insertFreeReferrerCode(
  trx: Trx,
  { code, referrerId, workspaceId }: { code: string; referrerId: string; workspaceId: string },
): Promise<boolean> {
  const { rows } = await sql`
    insert into referral_codes (code, referrer_id)
    select ${code}::text, ${referrerId}::uuid
    where not exists (select from users u where lower(u.username collate "C") = ${code.toLowerCase()}::text)
      and not exists (
        select from handles h
        where h.handle = ${code.toLowerCase()}::text and coalesce(h.until > now(), true)
          and h.workspace_id <> ${workspaceId}::uuid
      )
    returning code`.execute(trx);
  return rows.length > 0;
}

export async function countCodes(trx: Trx, linkId: string): Promise<number> {
  const row = await trx
    .selectFrom('referral_codes')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('link_id', '=', linkId)
    .executeTakeFirstOrThrow();
  return row.count;
}

/** In the spelling it was stored with. */
export async function findOwnCode(trx: Trx, linkId: string, code: string): Promise<string | undefined> {
  const row = await trx
    .selectFrom('referral_codes')
    .select('code')
    .where('link_id', '=', linkId)
    .where(foldCase('code'), '=', code.toLowerCase())
    .executeTakeFirst();
  return row?.code;
}

/** Changes to one user's links run one at a time. */
export async function lockLinkOwner(trx: Trx, userId: string): Promise<Plan> {
  const owner = await trx
    .selectFrom('users')
    .select(sql<boolean>`coalesce(premium_until > now(), false)`.as('isPremium'))
    .where('id', '=', userId)
    .forNoKeyUpdate()
    .executeTakeFirst();
  return owner?.isPremium ? 'premium' : 'free';
}

export async function countLinks(db: Db, userId: string): Promise<number> {
  const row = await db
    .selectFrom('referral_links')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('user_id', '=', userId)
    .where('deleted_at', 'is', null)
    .executeTakeFirstOrThrow();
  return row.count;
}

export type LinkChange = Partial<{
  code: string;
  label: string | null;
  enabled: boolean;
  expires_at: Date | null;
  max_uses: number | null;
  uses_of: 'signups' | 'successes';
  landing_url: string | null;
}>;

/** Throws `referral_links_within_max_uses` if `max_uses` is below its uses. */
export async function updateLinkRow(trx: Trx, id: string, userId: string, change: LinkChange): Promise<void> {
  await trx
    .updateTable('referral_links')
    .set(change)
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .execute();
}

/** Never the link whose code is `users.referral_code`. */
export async function markLinkDeleted(trx: Trx, id: string, userId: string): Promise<boolean> {
  const result = await trx
    .updateTable('referral_links as l')
    .set({ deleted_at: sql`now()`, enabled: false })
    .where('l.id', '=', id)
    .where('l.user_id', '=', userId)
    .where('l.deleted_at', 'is', null)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('users as u')
            .select('u.id')
            .whereRef('u.id', '=', 'l.user_id')
            .whereRef('u.referral_code', '=', 'l.code'),
        ),
      ),
    )
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export async function disableLinksByUser(trx: Trx, userId: string): Promise<void> {
  await trx.updateTable('referral_links').set({ enabled: false }).where('user_id', '=', userId).execute();
}

export async function listLinkRows(
  db: Db,
  filter: { userId: string; id?: string; before?: string | null; limit: number },
) {
  return db
    .with('counts', (qb) =>
      qb
        .selectFrom('referral_totals')
        .select(['link_id', 'visits', 'signups', 'successful'])
        .where('referrer_id', '=', filter.userId)
        .unionAll(
          qb
            .selectFrom('referral_deltas')
            .select(['link_id', 'visits', 'signups', 'successful'])
            .where('referrer_id', '=', filter.userId),
        ),
    )
    .with('sums', (qb) =>
      qb
        .selectFrom('counts')
        .select(['link_id', sumColumn('visits'), sumColumn('signups'), sumColumn('successful')])
        .groupBy('link_id'),
    )
    .selectFrom('referral_links as l')
    .leftJoin('sums as s', 's.link_id', 'l.id')
    .select(({ fn, val }) => [
      'l.id',
      'l.code',
      'l.label',
      'l.enabled',
      'l.expires_at as expiresAt',
      'l.max_uses as maxUses',
      'l.uses_of as maxUsesOf',
      'l.uses',
      'l.landing_url as landingUrl',
      'l.created_at as createdAt',
      fn.coalesce('s.visits', val(0)).as('visits'),
      fn.coalesce('s.signups', val(0)).as('signups'),
      fn.coalesce('s.successful', val(0)).as('successful'),
    ])
    .where('l.user_id', '=', filter.userId)
    .where('l.deleted_at', 'is', null)
    .$call((query) => (filter.id ? query.where('l.id', '=', filter.id) : query))
    .$call((query) => (filter.before ? query.where('l.id', '<', filter.before) : query))
    .orderBy('l.id', 'desc')
    .limit(filter.limit)
    .execute();
}

const sumColumn = <C extends 'visits' | 'signups' | 'successful'>(column: C) =>
  sql<number>`sum(${sql.ref(column)})::bigint`.as(column);
