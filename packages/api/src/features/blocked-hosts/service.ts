import { type Paginated, withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { DbCtx, UserCtx } from '../../core/context.ts';
import { generateId } from '../../core/crypto/ids.ts';
import { AppError, createValidationError } from '../../core/errors.ts';
import { paginate } from '../../core/http/pagination.ts';
import { recordSecurityEvent } from '../security-events/service.ts';
import { findHosts, type HostLevel, listParentHosts } from './policy.ts';
import * as queries from './queries.ts';
import type { BlockedHost, blockHostInput, listBlockedHostsInput, unblockHostInput } from './schema.ts';

/** The strictest level of the hosts to which the links in a value lead, wherever they are in it. */
export type HostJudge = (value: unknown) => HostLevel | undefined;

/** For the hosts in `values` only. Never cached, so that a change counts at once, in every process. */
export async function loadHostJudge(ctx: DbCtx, values: unknown): Promise<HostJudge> {
  const hosts = [...new Set(findHosts(values).flatMap(listParentHosts))];
  const rows = hosts.length === 0 ? [] : await queries.findHostLevels(ctx.db, hosts);
  if (rows.length === 0) return () => undefined;
  const levels = new Map(rows.map(({ host, level }) => [host, level]));
  return (value) => {
    const found = new Set(
      findHosts(value)
        .flatMap(listParentHosts)
        .map((host) => levels.get(host)),
    );
    return found.has('blocked') ? 'blocked' : found.has('suspicious') ? 'suspicious' : undefined;
  };
}

/** Before something with links is stored. Throws `HOST_BLOCKED`. */
export async function requireAllowedHosts(ctx: DbCtx, values: unknown): Promise<void> {
  const judge = await loadHostJudge(ctx, values);
  const blocked = findHosts(values).find((host) => judge(`http://${host}/`) === 'blocked');
  if (blocked !== undefined)
    throw new AppError('HOST_BLOCKED', `Links to ${blocked} are not allowed. Remove the link.`);
}

const toOutput = ({ createdAt, ...row }: queries.BlockedHostRow): BlockedHost => ({
  ...row,
  createdAt: createdAt.toISOString(),
});

export const listBlockedHosts = (
  ctx: UserCtx,
  input: z.infer<typeof listBlockedHostsInput>,
): Promise<Paginated<BlockedHost>> =>
  paginate(
    input,
    (before, limit) => queries.listBlockedHostRows(ctx.db, { level: input.level, before, limit }),
    toOutput,
  );

/** The server's own names are on every page. Throws `VALIDATION_FAILED` for them. */
export const addBlockedHost = (ctx: UserCtx, input: z.infer<typeof blockHostInput>): Promise<BlockedHost> =>
  withTransaction(ctx, async (trx) => {
    const { host, level, reason = null } = input;
    if (ctx.config.ownHosts.flatMap(listParentHosts).includes(host))
      throw createValidationError({ path: 'host', message: 'This is our own host', code: 'own_host' });
    const row = await queries.storeBlockedHost(trx.db, { id: generateId(), host, level, reason });
    await recordSecurityEvent(trx, 'host_blocked', {
      userId: ctx.principal.userId,
      details: { host, level },
    });
    return toOutput(row);
  });

/** Throws `NOT_FOUND`. */
export const removeBlockedHost = (ctx: UserCtx, { host }: z.infer<typeof unblockHostInput>): Promise<void> =>
  withTransaction(ctx, async (trx) => {
    if (!(await queries.deleteBlockedHostRow(trx.db, host)))
      throw new AppError('NOT_FOUND', 'This host is not blocked');
    await recordSecurityEvent(trx, 'host_unblocked', { userId: ctx.principal.userId, details: { host } });
  });
