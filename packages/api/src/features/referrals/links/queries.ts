import type { Db, Trx } from '@linkgrove/db';
import { sql } from 'kysely';

const folded = (column: string) => sql<string>`lower(${sql.ref(column)} collate "C")`;

/** What a sign-up or a visit has to know of the link behind a code. */
export type CodeTarget = {
  id: string;
  ownerId: string;
  ownerEmailCanonical: string | null;
  enabled: boolean;
  expired: boolean;
  limited: boolean;
  usedUp: boolean;
};

/** The link that a code leads to, without regard to case; also a code that the link has replaced since. */
export async function findByCode(db: Db, code: string): Promise<CodeTarget | undefined> {
  return db
    .selectFrom('referral_codes as c')
    .innerJoin('referral_links as l', 'l.id', 'c.link_id')
    .innerJoin('users as u', 'u.id', 'l.user_id')
    .select([
      'l.id',
      'l.user_id as ownerId',
      'u.email_canonical as ownerEmailCanonical',
      sql<boolean>`l.enabled and l.deleted_at is null and u.suspended_at is null and u.deleted_at is null`.as(
        'enabled',
      ),
      sql<boolean>`coalesce(l.expires_at <= now(), false)`.as('expired'),
      sql<boolean>`l.max_uses is not null`.as('limited'),
      sql<boolean>`coalesce(l.uses >= l.max_uses, false)`.as('usedUp'),
    ])
    .where(folded('c.code'), '=', code.toLowerCase())
    .executeTakeFirst();
}

/** Who shows themselves behind a code that can be used; for the public. */
export async function findReferrer(db: Db, linkId: string) {
  return db
    .selectFrom('referral_links as l')
    .innerJoin('users as u', 'u.id', 'l.user_id')
    .select(['l.code', 'u.username', 'u.display_name as displayName', 'u.avatar_url as avatarUrl'])
    .where('l.id', '=', linkId)
    .executeTakeFirst();
}

/** Takes one of a limited link's uses; false if none is left. */
export async function takeUse(trx: Trx, linkId: string): Promise<boolean> {
  const result = await trx
    .updateTable('referral_links')
    .set({ uses: sql`uses + 1` })
    .where('id', '=', linkId)
    .whereRef('uses', '<', 'max_uses')
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export type NewLink = {
  id: string;
  userId: string;
  code: string;
  label: string | null;
  enabled: boolean;
  expiresAt: Date | null;
  maxUses: number | null;
};

/** Stores a link with its code; throws the unique violation `referral_codes_folded_key`. */
export async function insertLink(trx: Trx, link: NewLink): Promise<void> {
  await trx
    .insertInto('referral_links')
    .values({
      id: link.id,
      user_id: link.userId,
      code: link.code,
      label: link.label,
      enabled: link.enabled,
      expires_at: link.expiresAt,
      max_uses: link.maxUses,
    })
    .execute();
  await insertCode(trx, { code: link.code, linkId: link.id, userId: link.userId });
}

/** Gives a code out, for ever; throws the unique violation `referral_codes_folded_key`. */
export async function insertCode(
  trx: Trx,
  row: { code: string; linkId: string; userId: string },
): Promise<void> {
  await trx
    .insertInto('referral_codes')
    .values({ code: row.code, link_id: row.linkId, user_id: row.userId })
    .execute();
}

/** Whether the link already owns a code, in whatever case; then it may take it up again. */
export async function findOwnCode(trx: Trx, linkId: string, code: string): Promise<string | undefined> {
  const row = await trx
    .selectFrom('referral_codes')
    .select('code')
    .where('link_id', '=', linkId)
    .where(folded('code'), '=', code.toLowerCase())
    .executeTakeFirst();
  return row?.code;
}

/** How many links the user has; calls for one user wait for each other. */
export async function countLinks(trx: Trx, userId: string): Promise<number> {
  await trx.selectFrom('users').select('id').where('id', '=', userId).forNoKeyUpdate().execute();
  const row = await trx
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
}>;

/** Changes one of the user's links; throws `referral_links_within_max_uses` where fewer uses are left than were taken. */
export async function updateLink(trx: Trx, id: string, userId: string, change: LinkChange): Promise<void> {
  await trx
    .updateTable('referral_links')
    .set(change)
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .execute();
}

/** Deletes one of the user's links, but not the one whose code stands with them; false if it deleted none. */
export async function deleteLink(trx: Trx, id: string, userId: string): Promise<boolean> {
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

/** Switches off every link of a user; the codes stay theirs. */
export async function disableLinks(trx: Trx, userId: string): Promise<void> {
  await trx.updateTable('referral_links').set({ enabled: false }).where('user_id', '=', userId).execute();
}

/** The user's links with their counts: all, one page of them, or one; newest first. */
export async function listLinks(
  db: Db,
  filter: { userId: string; id?: string; before?: string | null; limit: number },
) {
  const sum = (name: 'visits' | 'signups' | 'successful') =>
    sql<number>`(
      coalesce((select t.${sql.ref(name)} from referral_totals t where t.link_id = l.id), 0)
      + coalesce((select sum(d.${sql.ref(name)}) from referral_deltas d where d.link_id = l.id), 0)
    )::bigint`;
  return db
    .selectFrom('referral_links as l')
    .select([
      'l.id',
      'l.code',
      'l.label',
      'l.enabled',
      'l.expires_at as expiresAt',
      'l.max_uses as maxUses',
      'l.created_at as createdAt',
      sum('visits').as('visits'),
      sum('signups').as('signups'),
      sum('successful').as('successful'),
    ])
    .where('l.user_id', '=', filter.userId)
    .where('l.deleted_at', 'is', null)
    .$if(filter.id !== undefined, (query) => query.where('l.id', '=', filter.id as string))
    .$if(Boolean(filter.before), (query) => query.where('l.id', '<', filter.before as string))
    .orderBy('l.id', 'desc')
    .limit(filter.limit)
    .execute();
}
