import { type Db, type HandleState, type SqlPart, sqlPart, type Trx } from '@linkgrove/db';
import { sql } from 'kysely';
import { HANDLE_HOLD_DAYS } from '../policy.ts';

const endOfHold = sql<Date>`now() + make_interval(days => ${HANDLE_HOLD_DAYS})`;
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

/** Gives a handle to a page in one statement. False if it is reserved, held for someone else, or in use by any page. */
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

/** Locks handles in alphabetical order, so that two pages swapping handles wait for each other without a deadlock. */
export async function lockHandles(trx: Trx, handles: string[]): Promise<void> {
  await trx
    .selectFrom('handles')
    .select('handle')
    .where('handle', 'in', handles.map(fold))
    .orderBy('handle')
    .forUpdate()
    .execute();
}

/** Retires a page's active handle: `renamed` redirects to the page's next handle, `held` keeps it for the user. */
export async function retireHandles(trx: Trx, pageId: string, state: 'renamed' | 'held'): Promise<void> {
  await trx
    .updateTable('handles')
    .set({ state, until: endOfHold })
    .where('page_id', '=', pageId)
    .where('state', '=', 'active')
    .execute();
}

export async function countHandlesOfUser(trx: Trx, userId: string): Promise<number> {
  const row = await trx
    .selectFrom('handles')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('user_id', '=', userId)
    .where(sql<boolean>`coalesce(until > now(), true)`)
    .executeTakeFirstOrThrow();
  return row.count;
}

/** Lists the handles of a page or a user: active, renamed and held. */
export async function listHandleRows(db: Db, of: { pageId: string } | { userId: string }) {
  return (
    db
      .selectFrom('handles')
      .select(['handle', 'state', 'until'])
      // A reserved handle belongs to no page and no user.
      .$narrowType<{ state: Exclude<HandleState, 'reserved'> }>()
      .$call((query) =>
        'pageId' in of ? query.where('page_id', '=', of.pageId) : query.where('user_id', '=', of.userId),
      )
      .orderBy('handle')
      .execute()
  );
}

export async function findHandle(db: Db, handle: string) {
  return db
    .selectFrom('handles')
    .select(['state', 'user_id as userId'])
    .where('handle', '=', fold(handle))
    .where(sql<boolean>`coalesce(until > now(), true)`)
    .executeTakeFirst();
}

/** Holds a deleted user's handles for the next account that verifies the same email address. */
export async function holdHandlesByUser(trx: Trx, userId: string, emailHmac: Buffer): Promise<void> {
  await trx
    .updateTable('handles')
    .set({ state: 'held', until: endOfHold, user_id: null, page_id: null, owner_hmac: emailHmac })
    .where('user_id', '=', userId)
    .execute();
}

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

/** Moves the handles held for an email address to the user who has that address now. */
export async function returnHandlesByEmail(trx: Trx, userId: string, emailHmac: Buffer): Promise<void> {
  await trx
    .updateTable('handles')
    .set({ user_id: userId, owner_hmac: null })
    .where('owner_hmac', '=', emailHmac)
    .execute();
}

/** Stops redirects to deleted pages. Their old handles are held until the redirect would have ended. */
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
