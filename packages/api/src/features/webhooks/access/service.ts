import type { Role } from '../../../core/access.ts';
import type { MemberCtx, Principal } from '../../../core/context.ts';
import { AppError } from '../../../core/errors.ts';
import { EVENT_TYPES, eventType, type EventType } from '../../events/schema.ts';
import { findEventAction, findEventScope } from '../../events/service.ts';
import { findPersonalWorkspaceId, requireRole } from '../../workspaces/service.ts';
import { ALL_EVENTS } from '../schema.ts';

/** The types that an endpoint's `events` mean. */
const listMeantTypes = (events: readonly string[]): EventType[] =>
  events.includes(ALL_EVENTS) ? [...EVENT_TYPES] : EVENT_TYPES.filter((type) => events.includes(type));

/** A key reaches one workspace only. */
const findScopeForKey = ({ userId, workspaceId }: { userId: string; workspaceId: string }, type: EventType) =>
  findEventScope(type, { isPersonal: workspaceId === findPersonalWorkspaceId(userId) });

function mayReceive(principal: Principal, type: EventType): boolean {
  return principal.kind !== 'key' || principal.scopes.includes(findScopeForKey(principal, type));
}

/** Throws `INSUFFICIENT_SCOPE` if an API key could not read what these events tell. */
export function requireEventScopes({ principal }: MemberCtx, events: readonly string[]): void {
  if (principal.kind !== 'key') return;
  const missing = listMeantTypes(events).find((type) => !mayReceive(principal, type));
  if (missing === undefined) return;
  throw new AppError(
    'INSUFFICIENT_SCOPE',
    `This API key does not have the scope ${findScopeForKey(principal, missing)}, which ${missing} needs`,
  );
}

/** The same for the role of whoever acts. Throws `INSUFFICIENT_SCOPE` and `ROLE_REQUIRED`. */
export function requireEventAccess(ctx: MemberCtx, role: Role, events: readonly string[]): void {
  requireEventScopes(ctx, events);
  for (const action of new Set(listMeantTypes(events).map(findEventAction)))
    if (action !== undefined) requireRole(ctx, role, { action });
}

/** Of all types. An event of a type that is no longer known is hidden from API keys. */
export function isReceivable({ principal }: MemberCtx, name: string): boolean {
  const type = eventType.safeParse(name).data;
  return principal.kind !== 'key' || (type !== undefined && mayReceive(principal, type));
}

export const listReceivableTypes = (ctx: MemberCtx): EventType[] =>
  EVENT_TYPES.filter((type) => isReceivable(ctx, type));
