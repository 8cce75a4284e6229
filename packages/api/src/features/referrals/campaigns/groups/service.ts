import { type Paginated, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { AppCtx, DbCtx, TrxCtx, UserCtx } from '../../../../core/context.ts';
import { createValidationError } from '../../../../core/errors.ts';
import { type PageRequest, paginate } from '../../../../core/http/pagination.ts';
import { recordSecurityEvent } from '../../../security-events/service.ts';
import * as queries from './queries.ts';
import type { changeGroupInput, groupMemberOutput, referrerGroupOutput } from './schema.ts';

export const listReferrerGroups = async (ctx: AppCtx) => ({ items: await queries.listGroupRows(ctx.db) });

/** A group without members is an empty list. */
export const listGroupMembers = (
  ctx: AppCtx,
  { group, ...page }: PageRequest & { group: string },
): Promise<Paginated<z.infer<typeof groupMemberOutput>>> =>
  paginate(
    page,
    (after, limit) => queries.listGroupMemberRows(ctx.db, { group, after, limit }),
    ({ addedAt, ...row }) => ({ ...row, addedAt: addedAt.toISOString() }),
  );

/** The IDs of users by their email address, username or ID. Throws `VALIDATION_FAILED` for names that nobody has. */
export async function resolveNamedUsers(ctx: DbCtx, path: string, names: string[]): Promise<string[]> {
  const rows = await queries.listUserIdRows(ctx.db, names);
  const found = new Map(rows.map(({ name, id }) => [name, id]));
  const unknown = names.findIndex((name) => !found.has(name));
  if (unknown < 0) return [...new Set(found.values())];
  throw createValidationError({
    path: `${path}.${unknown}`,
    message: 'No user has this email address, username or ID',
    code: 'unknown_user',
  });
}

/** All or nothing. Throws `VALIDATION_FAILED` for unknown users. */
export async function changeReferrerGroup(
  ctx: UserCtx,
  { group, add, remove }: z.infer<typeof changeGroupInput>,
): Promise<z.infer<typeof referrerGroupOutput>> {
  return withTransaction(ctx, async (trx) => {
    const [adding, removing] = [
      await resolveNamedUsers(trx, 'add', add),
      await resolveNamedUsers(trx, 'remove', remove),
    ];
    const added = await queries.insertGroupMembers(trx.db, group, adding);
    const removed = await queries.deleteGroupMembers(trx.db, group, removing);
    const details = { group, added, removed };
    await recordSecurityEvent(trx, 'referrer_group_changed', { userId: ctx.principal.userId, details });
    return { group, members: await queries.countGroupMembers(trx.db, group), added, removed };
  });
}

export const findReferrerGroups = (ctx: DbCtx, userId: string): Promise<string[]> =>
  queries.listGroupsOfUser(ctx.db, userId);

export const removeFromAudiences = (ctx: TrxCtx, userId: string): Promise<void> =>
  queries.deleteUserFromAudiences(ctx.db, userId);
