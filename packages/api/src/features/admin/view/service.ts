import type { AdminUser } from '../schema.ts';

/** Takes only what administrators may see from a row with more, such as a password hash. */
export const toAdminUser = (account: Omit<AdminUser, 'createdAt'> & { createdAt: Date }): AdminUser => ({
  id: account.id,
  email: account.email,
  username: account.username,
  role: account.role,
  suspended: account.suspended,
  emailVerified: account.emailVerified,
  createdAt: account.createdAt.toISOString(),
});
