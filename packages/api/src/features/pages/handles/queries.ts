import { type Db, type SqlPart, sqlPart, type Trx } from '@linkgrove/db';
import { sql } from 'kysely';

/** How long a handle leads to the renamed page, or is kept for who had it. */
const KEPT = sql<Date>`now() + interval '90 days'`;
const fold = (handle: string) => handle.toLowerCase();

export type HandleClaim = { handle: string; userId: string; pageId: string };

const taking = ({ handle, userId, pageId }: HandleClaim) => sql`
  insert into handles as h (handle, state, user_id, page_id)
  select ${fold(handle)}::text, 'active', ${userId}::uuid, ${pageId}::uuid`;

/** Whether a row in the way is one that nobody has, that was kept until now, or that the user had before. */
const isFree = ({ userId }: HandleClaim) => sql`(
  h.state in ('renamed', 'held')
  and (h.until <= now() or h.user_id = ${userId}::uuid)
)`;

const taken = sql`state = 'active', user_id = excluded.user_id, page_id = excluded.page_id, owner_hmac = null`;

/**
 * Makes a handle that of a page, in one statement. False where it is someone's, reserved, or that of another
 * page of the user.
 */
export async function claimHandle(trx: Trx, wanted: HandleClaim): Promise<boolean> {
  const { rows } = await sql`
    ${taking(wanted)}
    on conflict (handle) do update set ${taken}, until = null where ${isFree(wanted)}
    returning handle`.execute(trx);
  return rows.length > 0;
}

/**
 * The same claim as a part of the sign-up statement. A handle that is not free violates `handles_by_state`, so
 * that the whole statement fails.
 */
export const claimHandlePart = (wanted: HandleClaim): SqlPart<'account'> => sqlPart<'account'>`
  ${taking(wanted)} from account
  on conflict (handle) do update set ${taken}, until = case when ${isFree(wanted)} then null else now() end`;

/** Holds rows in one order, so that two pages that swap handles wait instead of stopping each other. */
export async function lockHandles(trx: Trx, handles: string[]): Promise<void> {
  await trx
    .selectFrom('handles')
    .select('handle')
    .where('handle', 'in', handles.map(fold))
    .orderBy('handle')
    .forUpdate()
    .execute();
}

/** Ends the use of a page's handle: it leads to the page's next one, or is held for the user. */
export async function retireHandles(trx: Trx, pageId: string, state: 'renamed' | 'held'): Promise<void> {
  await trx
    .updateTable('handles')
    .set({ state, until: KEPT })
    .where('page_id', '=', pageId)
    .where('state', '=', 'active')
    .execute();
}

/** How many handles stand in a user's name, kept ones included. */
export async function countHandlesOfUser(trx: Trx, userId: string): Promise<number> {
  const row = await trx
    .selectFrom('handles')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('user_id', '=', userId)
    .where(sql<boolean>`coalesce(until > now(), true)`)
    .executeTakeFirstOrThrow();
  return row.count;
}

/** Every handle that leads to a page, or to one of a user's pages, or did. */
export async function listHandleRows(db: Db, of: { pageId: string } | { userId: string }) {
  return db
    .selectFrom('handles')
    .select(['handle', 'state', 'until'])
    .$call((query) =>
      'pageId' in of ? query.where('page_id', '=', of.pageId) : query.where('user_id', '=', of.userId),
    )
    .orderBy('handle')
    .execute();
}

/** Whose a handle is at this moment; undefined where it is nobody's. */
export async function findHandle(db: Db, handle: string) {
  return db
    .selectFrom('handles')
    .select(['state', 'user_id as userId'])
    .where('handle', '=', fold(handle))
    .where(sql<boolean>`coalesce(until > now(), true)`)
    .executeTakeFirst();
}

/** Keeps every handle of a user whose account is deleted, for whoever proves to have their address. */
export async function holdHandlesByUser(trx: Trx, userId: string, emailHmac: Buffer): Promise<void> {
  await trx
    .updateTable('handles')
    .set({ state: 'held', until: KEPT, user_id: null, page_id: null, owner_hmac: emailHmac })
    .where('user_id', '=', userId)
    .execute();
}

/** Whether a handle is kept for who left with an address. */
export async function isHandleHeldForEmail(db: Db, handle: string, emailHmac: Buffer): Promise<boolean> {
  const row = await db
    .selectFrom('handles')
    .select('handle')
    .where('handle', '=', fold(handle))
    .where('owner_hmac', '=', emailHmac)
    .where('until', '>', sql<Date>`now()`)
    .executeTakeFirst();
  return row !== undefined;
}

/** Keeps the handles of who left with an address for the user who has it now. */
export async function returnHandlesByEmail(trx: Trx, userId: string, emailHmac: Buffer): Promise<void> {
  await trx
    .updateTable('handles')
    .set({ user_id: userId, owner_hmac: null })
    .where('owner_hmac', '=', emailHmac)
    .execute();
}

/** A page that is gone for good leads nowhere; what led to it is held for as long as it would have. */
export async function holdRenamedHandlesOfPages(trx: Trx, pageIds: string[]): Promise<void> {
  await trx
    .updateTable('handles')
    .set({ state: 'held' })
    .where('state', '=', 'renamed')
    .where('page_id', 'in', pageIds)
    .execute();
}

export async function deleteExpiredHandleRows(db: Db): Promise<void> {
  await db
    .deleteFrom('handles')
    .where('until', '<=', sql<Date>`now()`)
    .execute();
}
