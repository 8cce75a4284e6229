/** From the most to the least powerful. */
export const ROLES = ['owner', 'admin', 'editor', 'analyst', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

const [OWNER, ADMIN, EDITOR, ANALYST, VIEWER] = ROLES;

/** Everything that can be done in a workspace, and the roles that may do it. `docs/workspaces.md` shows this table. */
export const ACTIONS = {
  'workspace:read': {
    summary: 'See the workspace and its members',
    roles: [OWNER, ADMIN, EDITOR, ANALYST, VIEWER],
  },
  'workspace:write': { summary: 'Rename the workspace', roles: [OWNER, ADMIN] },
  'workspace:delete': { summary: 'Delete and restore the workspace', roles: [OWNER] },
  'members:write': { summary: 'Invite, change and remove members', roles: [OWNER, ADMIN] },
  'owners:write': { summary: 'Invite, appoint, change and remove owners', roles: [OWNER] },
  'pages:read': {
    summary: 'See pages, blocks and files, drafts included, and export pages',
    roles: [OWNER, ADMIN, EDITOR, ANALYST, VIEWER],
  },
  'pages:write': {
    summary: 'Create, change, publish and delete pages and blocks',
    roles: [OWNER, ADMIN, EDITOR],
  },
  'pages:transfer': { summary: 'Move a page to another workspace', roles: [OWNER, ADMIN] },
  'analytics:read': { summary: 'See views, clicks and visitors', roles: [OWNER, ADMIN, EDITOR, ANALYST] },
  'files:write': { summary: 'Upload, change and delete files', roles: [OWNER, ADMIN, EDITOR] },
  'forms:read': {
    summary: 'See what visitors entered into forms',
    roles: [OWNER, ADMIN, EDITOR],
  },
  'forms:write': { summary: 'Delete what visitors entered into forms', roles: [OWNER, ADMIN, EDITOR] },
  'keys:write': {
    summary: 'See, create, change, rotate and delete API keys',
    roles: [OWNER, ADMIN],
  },
  'analytics:reset': { summary: 'Start the counts of a page anew', roles: [OWNER, ADMIN] },
  'domains:read': { summary: 'See custom domains', roles: [OWNER, ADMIN, EDITOR, ANALYST, VIEWER] },
  'domains:write': { summary: 'Add, check and remove custom domains', roles: [OWNER, ADMIN] },
  'webhooks:read': { summary: 'See webhooks and their deliveries', roles: [OWNER, ADMIN] },
  'webhooks:write': {
    summary: 'Create, change, test and delete webhooks, and repeat deliveries',
    roles: [OWNER, ADMIN],
  },
  'campaigns:read': {
    summary: 'See campaigns, their referrers, referrals, conversions and rewards',
    roles: [OWNER, ADMIN, EDITOR, ANALYST],
  },
  'campaigns:write': {
    summary: 'Create, change and start campaigns, add referrers, and decide and fulfil rewards',
    roles: [OWNER, ADMIN],
  },
  'conversions:write': { summary: 'Report clicks, leads, sales and refunds', roles: [OWNER, ADMIN] },
} as const satisfies Record<string, { summary: string; roles: readonly Role[] }>;
export type Action = keyof typeof ACTIONS;

export const listRolesAllowed = (action: Action): readonly Role[] => ACTIONS[action].roles;

export const isRoleAllowed = (role: Role, action: Action): boolean => listRolesAllowed(action).includes(role);

/** The least powerful role that may do it. */
export const findLeastRole = (action: Action): Role => listRolesAllowed(action).at(-1) ?? OWNER;

/**
 * The permissions of API keys. The scope that opens an action in a workspace to keys has the action's name;
 * actions without one are closed to keys. `docs/api-keys.md` shows this table.
 */
export const SCOPES = {
  'pages:read': 'See pages, blocks and files, drafts included, and export pages',
  'pages:write': 'Create, change, publish and delete pages and blocks',
  'analytics:read': 'See views, clicks and visitors',
  'files:write': 'Upload, change and delete files',
  'domains:read': 'See custom domains',
  'domains:write': 'Add, check and remove custom domains',
  'forms:read': 'See what visitors entered into forms',
  'forms:write': 'Delete what visitors entered into forms',
  'webhooks:read': 'See webhooks and their deliveries',
  'webhooks:write': 'Create, change, test and delete webhooks, and repeat deliveries',
  'workspace:read': 'See the workspace and its members',
  'campaigns:read': 'See campaigns, their referrers, referrals, conversions and rewards',
  'campaigns:write': 'Create, change and start campaigns, add referrers, and decide and fulfil rewards',
  'referrals:read': 'See your referral links, referrals and their counts',
  'rewards:read': 'See your credits',
  'rewards:write': 'Spend your credits',
  'conversions:write': 'Report clicks, leads, sales and refunds',
} as const satisfies Record<string, string>;
export type Scope = keyof typeof SCOPES;

export const isScope = (name: string): name is Scope => Object.hasOwn(SCOPES, name);

/** They concern the person who made the key, so only keys of a personal workspace can have them. */
export const PERSONAL_SCOPES: ReadonlySet<Scope> = new Set([
  'referrals:read',
  'rewards:read',
  'rewards:write',
]);

const isAction = (name: string): name is Action => Object.hasOwn(ACTIONS, name);

export const findAction = (scope: Scope): Action | undefined => (isAction(scope) ? scope : undefined);

export const findScope = (action: Action): Scope | undefined => (isScope(action) ? action : undefined);
