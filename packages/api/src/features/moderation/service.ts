import type { AppCtx, AppTrxCtx, UserCtx } from '../../core/context.ts';
import { AppError } from '../../core/errors.ts';
import type { Mail } from '../mail/schema.ts';
import { enqueueBulkMail } from '../mail/service.ts';
import { invalidateCachedPages } from '../pages/handles/service.ts';
import { buildPageUrl } from '../pages/service.ts';
import type { SecurityEventType } from '../security-events/schema.ts';
import { recordSecurityEvent } from '../security-events/service.ts';
import * as queries from './queries.ts';
import type { ModeratedPage } from './schema.ts';

export const toModeratedPage = (ctx: AppCtx, page: Omit<ModeratedPage, 'url'>): ModeratedPage => ({
  ...page,
  url: buildPageUrl(ctx, page.handle),
});

type LockedPage = NonNullable<Awaited<ReturnType<typeof queries.lockModeratedPage>>>;

/** Throws `NOT_FOUND`. */
export async function lockAnyPage(ctx: AppTrxCtx, id: string): Promise<LockedPage> {
  const page = await queries.lockModeratedPage(ctx.db, id);
  if (!page) throw new AppError('NOT_FOUND', 'Page not found');
  return page;
}

type PageMail = Extract<Mail, { handle: string }>;
type News = {
  event: SecurityEventType;
  details?: Record<string, unknown>;
  mail?: Pick<PageMail, 'template' | 'note'> & { reason?: string };
};

/** Records an administrator's act on a page among the owners' security events, and mails it to verified ones. */
export async function recordForOwners(
  ctx: AppTrxCtx & UserCtx,
  { id, handle, workspaceId }: LockedPage,
  { event, details = {}, mail }: News,
): Promise<void> {
  const actorId = ctx.principal.userId;
  for (const owner of await queries.listPageOwners(ctx.db, workspaceId)) {
    await recordSecurityEvent(ctx, event, {
      userId: owner.id,
      actorId,
      details: { pageId: id, handle, ...details },
    });
    if (!mail || !owner.isVerified) continue;
    const { email: to, username, id: userId } = owner;
    await enqueueBulkMail(ctx, { reason: '', ...mail, handle, to, username, userId });
  }
  await invalidateCachedPages(ctx, { pageId: id });
}
