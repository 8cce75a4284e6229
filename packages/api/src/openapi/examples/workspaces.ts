import type { Key } from '../../features/keys/schema.ts';
import type { Workspace } from '../../features/workspaces/schema.ts';
import { IDS, MAILED_TOKEN } from './shared.ts';
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
  id: IDS.workspace,
  name: 'Analytical Engines',
  slug: 'analytical-engines-k7x2m9pd',
  kind: 'team',
  role: 'owner',
  createdAt: '2026-11-22T14:00:00.000Z',
  deletedAt: null,
};
const member = {
  userId: IDS.otherUser,
  username: 'grace',
  displayName: 'Grace Hopper',
  avatarUrl: null,
  role: 'editor' as const,
  joinedAt: '2026-11-22T15:00:00.000Z',
};
const invitation = {
  id: IDS.invitation,
  email: 'grace@example.com',
  role: 'editor' as const,
  invitedBy: 'ada',
  createdAt: '2026-11-22T14:30:00.000Z',
  expiresAt: '2026-11-29T14:30:00.000Z',
};

export const workspaces: RouterExamples<'workspaces'> = {
  list: { answer: { items: [personal, team], nextCursor: null } },
  create: { body: { name: 'Analytical Engines' }, answer: team },
  get: { answer: team },
  update: { body: { name: 'Engines' }, answer: { ...team, name: 'Engines' } },
  delete: {},
  restore: { answer: team },
  listMembers: { answer: { items: [member], nextCursor: null } },
  updateMember: { body: { role: 'editor' }, answer: member },
  removeMember: {},
};

export const invitations: RouterExamples<'invitations'> = {
  list: { answer: { items: [invitation], nextCursor: null } },
  create: { body: { email: 'grace@example.com', role: 'editor' }, answer: invitation },
  delete: {},
  details: {
    body: { token: MAILED_TOKEN },
    answer: { workspaceName: 'Analytical Engines', role: 'editor' },
  },
  accept: { body: { token: MAILED_TOKEN }, answer: { ...team, role: 'editor' } },
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
