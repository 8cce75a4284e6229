// For tests and scripts; the server asks the features.
export {
  type Action,
  ACTIONS,
  findLeastRole,
  isRoleAllowed,
  PERSONAL_SCOPES,
  type Role,
  ROLES,
  type Scope,
  SCOPES,
} from './core/access.ts';
