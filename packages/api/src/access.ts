// For tests and scripts; the server asks the features.
export { type Action, ACTIONS, findLeastRole, isRoleAllowed, type Role, ROLES } from './core/access.ts';
