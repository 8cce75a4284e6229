import { withTransaction } from '@linkgrove/db';
import type { z } from 'zod';
import type { AppCtx, DbCtx, UserCtx } from '../../../../core/context.ts';
import { findUnreadableRules } from '../../../../core/css/css-contrast.ts';
import type { CssFault } from '../../../../core/css/css-text.ts';
import { scopeCss } from '../../../../core/css/scoped-css.ts';
import { AppError, createValidationError } from '../../../../core/errors.ts';
import { isObjectKey } from '../../../../core/files/store.ts';
import { recordSecurityEvent } from '../../../security-events/service.ts';
import { invalidateCachedPages } from '../../handles/service.ts';
import * as queries from './queries.ts';
import type { allowCustomCssInput, CustomCssAllowance } from './schema.ts';

export { isCustomCssAllowed } from './queries.ts';

type Given = { customCss?: string | null | undefined } | undefined;

/** Whether an address is that of a file that was uploaded here, whoever did. */
export const createFileUrlCheck =
  (filesUrl: string) =>
  (url: string): boolean =>
    url.startsWith(`${filesUrl}/`) && isObjectKey(url.slice(filesUrl.length + 1));

/** Contrast is judged here only: a page keeps CSS that was readable by the rules of its time. */
function listCssFaults(css: string, filesUrl: string): CssFault[] {
  const { faults } = scopeCss(css, createFileUrlCheck(filesUrl));
  return faults.length > 0 ? faults : findUnreadableRules(css);
}

/** Throws `VALIDATION_FAILED` with the line of each fault. */
export function requireValidCss({ config }: Pick<AppCtx, 'config'>, theme: Given): void {
  if (typeof theme?.customCss !== 'string') return;
  const faults = listCssFaults(theme.customCss, config.files.url);
  if (faults.length === 0) return;
  throw createValidationError(
    ...faults.map(({ line, message }) => ({
      path: 'theme.customCss',
      message: `Line ${line}: ${message}`,
      code: 'invalid_css',
    })),
  );
}

/** Throws `FORBIDDEN`. */
export async function requireCssAllowance(ctx: DbCtx, workspaceId: string, theme: Given): Promise<void> {
  if (typeof theme?.customCss !== 'string' || (await queries.isCustomCssAllowed(ctx.db, workspaceId))) return;
  throw new AppError(
    'FORBIDDEN',
    'Custom CSS has to be allowed for this workspace by an administrator of the platform first',
  );
}

/** Pages keep their CSS when it is withdrawn, and show it no longer. Throws `NOT_FOUND`. */
export async function allowCustomCss(
  ctx: UserCtx,
  { id, allowed }: z.infer<typeof allowCustomCssInput>,
): Promise<CustomCssAllowance> {
  return withTransaction(ctx, async (trx) => {
    const before = await queries.isCustomCssAllowed(trx.db, id);
    const workspace = await queries.updateCustomCssAllowance(trx.db, id, allowed);
    if (!workspace) throw new AppError('NOT_FOUND', 'Workspace not found');
    if (before !== allowed) {
      const type = allowed ? 'custom_css_allowed' : 'custom_css_withdrawn';
      const act = { actorId: ctx.principal.userId, details: { workspaceId: id } };
      for (const userId of await queries.listOwnerIds(trx.db, id))
        await recordSecurityEvent(trx, type, { ...act, userId });
      await invalidateCachedPages(trx, { workspaceId: id });
    }
    const { allowedAt, ...row } = workspace;
    return { ...row, allowed: allowedAt !== null, allowedAt: allowedAt?.toISOString() ?? null };
  });
}
