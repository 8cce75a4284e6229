import type { Key } from '../../features/keys/schema.ts';
import type { Membership, Workspace } from '../../features/workspaces/schema.ts';
import { IDS, MAILED_TOKEN, user } from './shared.ts';
import type { RouterExamples } from './types.ts';

const personal: Workspace = {
  id: IDS.user,
  name: 'ada',
  slug: 'personal',
  kind: 'personal',
  role: 'owner',
  createdAt: '2026-11-22T12:00:00.000Z',
  deletedAt: null,
};
const team: Workspace = {
  ...personal,
  id: IDS.team,
  name: 'Analytical Society',
  slug: 'analytical-society-k7m2pdqx',
  kind: 'team',
};
const member = {
  userId: IDS.otherUser,
  username: 'charles',
  displayName: 'Charles Babbage',
  avatarUrl: null,
  role: 'editor' as const,
  joinedAt: '2026-11-22T13:00:00.000Z',
};

export const membership: Membership = {
  id: IDS.team,
  name: team.name,
  kind: 'team',
  role: 'owner',
  joinedAt: team.createdAt,
};

export const workspaces: RouterExamples<'workspaces'> = {
  list: { answer: { items: [personal, team], nextCursor: null } },
  create: { body: { name: team.name }, answer: team },
  get: { answer: team },
  update: { body: { name: team.name }, answer: team },
  delete: {},
  restore: { answer: team },
  listMembers: { answer: { items: [member], nextCursor: null } },
  updateMember: { body: { role: 'editor' }, answer: member },
  removeMember: {},
};

const invitation = {
  id: IDS.invitation,
  email: 'charles@example.com',
  role: 'editor' as const,
  invitedBy: user.username,
  createdAt: '2026-11-22T12:30:00.000Z',
  expiresAt: '2026-11-29T12:30:00.000Z',
};
const token = MAILED_TOKEN;

export const invitations: RouterExamples<'invitations'> = {
  list: { answer: { items: [invitation], nextCursor: null } },
  create: { body: { email: invitation.email, role: 'editor' }, answer: invitation },
  delete: {},
  details: { body: { token }, answer: { workspaceName: team.name, role: 'editor' } },
  accept: { body: { token }, answer: { ...team, role: 'editor' } },
};

export const apiKey: Key = {
  id: IDS.key,
  workspaceId: IDS.user,
  createdBy: IDS.user,
  name: 'Deployment',
  start: 'lg_live_4kTq9Z',
  scopes: ['pages:read', 'pages:write'],
  allowedNetworks: ['203.0.113.0/24'],
  expiresAt: '2027-11-22T12:40:00.000Z',
  endsAt: null,
  lastUsedAt: '2026-11-22T12:41:00.000Z',
  createdAt: '2026-11-22T12:40:00.000Z',
};
// Its checksum is wrong, so that it is the key of nobody.
const created = { ...apiKey, lastUsedAt: null, key: `${apiKey.start}${'0'.repeat(43)}` };

export const keys: RouterExamples<'keys'> = {
  list: { answer: { items: [apiKey], nextCursor: null } },
  create: {
    body: { name: apiKey.name, scopes: apiKey.scopes, allowedNetworks: apiKey.allowedNetworks },
    answer: created,
  },
  update: { body: { allowedNetworks: ['203.0.113.0/24', '2001:db8:7::/48'] }, answer: apiKey },
  delete: {},
  rotate: { body: { grace: '7d' }, answer: created },
};
