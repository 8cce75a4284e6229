import type { Paginated } from '@linkgrove/db';
import type { UserCtx } from '../../../core/context.ts';
import { paginate } from '../../../core/http/pagination.ts';
import { resolveUserId } from '../../users/service.ts';
import * as queries from './queries.ts';
import type { AuditEntry, ListAuditInput } from './schema.ts';

const toParty = (id: string | null, username: string | null) => (id === null ? null : { id, username });

const toEntry = ({ at, actorId, actorName, userId, userName, ...row }: queries.AuditRow): AuditEntry => {
  const reason = row.details?.['reason'];
  return {
    ...row,
    at: at.toISOString(),
    actor: toParty(actorId, actorName),
    user: toParty(userId, userName),
    reason: typeof reason === 'string' ? reason : null,
  };
};

const findPartyId = (ctx: UserCtx, name: string | undefined): Promise<string> | undefined =>
  name === undefined ? undefined : resolveUserId(ctx, name);

/** Security events that administrators caused, in whatever feature. */
export async function listAudit(ctx: UserCtx, input: ListAuditInput): Promise<Paginated<AuditEntry>> {
  const { action, from, to } = input;
  const actorId = await findPartyId(ctx, input.actor);
  const userId = await findPartyId(ctx, input.user);
  return paginate(
    input,
    (before, limit) => queries.listAuditRows(ctx.db, { actorId, userId, action, from, to, before, limit }),
    toEntry,
  );
}
