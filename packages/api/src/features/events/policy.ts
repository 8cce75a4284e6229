import { type Action, findAction, PERSONAL_SCOPES, type Scope } from '../../core/access.ts';
import type { EventType } from './schema.ts';

/** An event tells what reading its object does, so both need the same scope of keys and the same roles. */
const SCOPES_OF_EVENTS = {
  'user.created': 'workspace:read',
  'user.verified': 'workspace:read',
  'referral.created': 'referrals:read',
  'referral.successful': 'referrals:read',
  'referral.rejected': 'referrals:read',
  'referral.reversed': 'referrals:read',
  'reward.granted': 'rewards:read',
  'reward.reversed': 'rewards:read',
  'lead.created': 'campaigns:read',
  'sale.created': 'campaigns:read',
  'sale.refunded': 'campaigns:read',
  'page.published': 'pages:read',
  'page.updated': 'pages:read',
  'page.unpublished': 'pages:read',
  'page.deleted': 'pages:read',
  'block.clicked': 'analytics:read',
  'domain.verified': 'domains:read',
  'domain.failed': 'domains:read',
  'form.submitted': 'forms:read',
  'key.created': 'workspace:read',
  'key.revoked': 'workspace:read',
  'member.joined': 'workspace:read',
  'member.left': 'workspace:read',
} as const satisfies Record<EventType, Scope>;

/** Where the scope alone would let more roles read. */
const ACTIONS_OF_EVENTS: Partial<Record<EventType, Action>> = {
  'key.created': 'keys:write',
  'key.revoked': 'keys:write',
};

/** The keys of a team have no personal scopes: its referrals and rewards are those of its campaigns. */
export function findEventScope(type: EventType, { isPersonal }: { isPersonal: boolean }): Scope {
  const scope = SCOPES_OF_EVENTS[type];
  return !isPersonal && PERSONAL_SCOPES.has(scope) ? 'campaigns:read' : scope;
}

/** Returns the action that a member's role must allow; undefined where every role may read. */
export const findEventAction = (type: EventType): Action | undefined =>
  ACTIONS_OF_EVENTS[type] ?? findAction(findEventScope(type, { isPersonal: false }));
