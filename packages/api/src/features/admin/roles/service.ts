import { withTransaction } from '@linkgrove/db';
import type { AppCtx, DbCtx, TrxCtx, UserCtx } from '../../../core/context.ts';
import { AppError } from '../../../core/errors.ts';
import { toAsciiEmail } from '../../../core/text/internationalized-email.ts';
import { enqueueSecurityMail } from '../../mail/service.ts';
import { recordSecurityEvent } from '../../security-events/service.ts';
import * as users from '../../users/service.ts';
import { endImpersonationsOf } from '../impersonation/service.ts';
import type { AdminRole, AdminUser } from '../schema.ts';
import { toAdminUser } from '../view/service.ts';

type Locked = { account: users.Account; administrators: string[] };

/** Changes of roles wait for each other, so that two administrators cannot remove one another. */
async function lockRoles(ctx: TrxCtx, id: string): Promise<Locked> {
  const administrators = await users.lockAdministrators(ctx.db);
  return { administrators, account: await users.lockAccount(ctx, id) };
}

function requireRoleChange({ account, administrators }: Locked, role: AdminRole): void {
  if (role === 'admin' && account.suspended)
    throw new AppError('CONFLICT', 'Restore the user before you make them an administrator');
  if (role === 'user' && administrators.length === 1 && administrators[0] === account.id)
    throw new AppError('LAST_ADMIN', "The last administrator can't be demoted");
}

const EVENTS = { admin: 'promoted', user: 'demoted' } as const;
const MAILS = { admin: 'made-administrator', user: 'administrator-removed' } as const;

/** Throws `NOT_FOUND`, `LAST_ADMIN`, `CONFLICT`, and `FORBIDDEN` if the caller was demoted meanwhile. */
export async function setUserRole(
  ctx: UserCtx,
  { id, role, reason }: { id: string; role: AdminRole; reason: string },
): Promise<AdminUser> {
  return withTransaction(ctx, async (trx) => {
    const locked = await lockRoles(trx, id);
    const { account, administrators } = locked;
    if (!administrators.includes(ctx.principal.userId))
      throw new AppError('FORBIDDEN', 'Administrators only');
    if (account.role === role) return toAdminUser(account);
    requireRoleChange(locked, role);
    if (role === 'admin' && !account.emailVerified)
      throw new AppError('CONFLICT', 'Administrators need a verified email address');
    await users.updateRole(trx.db, id, role);
    await endImpersonationsOf(trx, id);
    await recordSecurityEvent(trx, EVENTS[role], { userId: id, details: { reason } });
    await enqueueSecurityMail(trx, MAILS[role], account);
    await users.invalidateUser(trx, id);
    return toAdminUser({ ...account, role });
  });
}

/** For the command line. Throws `NOT_FOUND`, `LAST_ADMIN` and `CONFLICT`. */
export async function changeUserRole(
  ctx: DbCtx & Pick<AppCtx, 'logger'>,
  name: string,
  role: AdminRole,
): Promise<users.Account> {
  const found = await users.findAccount(ctx.db, toAsciiEmail(name));
  if (!found) throw new AppError('NOT_FOUND', `User ${name} not found`);
  return withTransaction(ctx, async (trx) => {
    const locked = await lockRoles(trx, found.id);
    const { account } = locked;
    requireRoleChange(locked, role);
    await users.updateRole(trx.db, account.id, role);
    await endImpersonationsOf(trx, account.id);
    await recordSecurityEvent(trx, EVENTS[role], { userId: account.id, isAudited: true });
    return account;
  });
}
