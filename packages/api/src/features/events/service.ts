import { type SqlPart, sqlPart } from '@linkgrove/db';
import { sql } from 'kysely';
import type { DbCtx, TrxCtx } from '../../core/context.ts';
import {
  deleteObjectEventRows,
  deleteUserEventRows,
  type EventSource,
  insertEventsQuery,
} from './queries.ts';
export { findEventAction, findEventScope } from './policy.ts';
import type { EventData, EventType } from './schema.ts';

/** Publish in the transaction of the change and under the object's lock, so that both commit or neither, in order. */
export async function publishEvent<T extends EventType>(
  ctx: DbCtx,
  type: T,
  event: { workspaceId: string; objectId: string; data: EventData<T> },
): Promise<void> {
  const { workspaceId, objectId, data } = event;
  await publishEventsFrom(
    ctx,
    type,
    sql`select ${workspaceId}::uuid as workspace_id, ${objectId}::uuid as object_id,
      ${JSON.stringify(data)}::json as data`,
  );
}

/** The same with the data read from the database, which workspaces without an endpoint for the type are spared. */
export async function publishEventsFrom(ctx: DbCtx, type: EventType, source: EventSource): Promise<void> {
  await insertEventsQuery(type, source).execute(ctx.db);
}

/** The same as a part of a larger statement; `source` reads the part `Name`. */
export const publishEventsPart = <Name extends string>(
  type: EventType,
  source: SqlPart<Name>,
): SqlPart<Name> => sqlPart<Name>`${insertEventsQuery(type, source)}`;

/** For the deletion of an account: those that contain its address. */
export const deleteEventsOfUser = (ctx: TrxCtx, userId: string): Promise<void> =>
  deleteUserEventRows(ctx.db, userId);

/** With their deliveries, also open ones. */
export const deleteEventsOfObject = (
  ctx: TrxCtx,
  object: { type: EventType; workspaceId: string; objectId: string },
): Promise<void> => deleteObjectEventRows(ctx.db, object);
