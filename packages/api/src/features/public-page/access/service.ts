import type { Visitor } from '../../../core/capture/capture.ts';
import type { AppCtx } from '../../../core/context.ts';
import { readExpiringToken } from '../../../core/crypto/expiring-token.ts';
import { AppError } from '../../../core/errors.ts';
import { hidePictures } from '../look/policy.ts';
import type { PublicPage } from '../schema.ts';

export const createPageLockedError = (): AppError =>
  new AppError('PAGE_LOCKED', 'Enter the password of the page first');

type LockedPage = { lockId: string | null; pageId: string };

/** Pages without a password are unlocked for everyone. */
export const isUnlocked = (
  { unlockSigner }: Pick<AppCtx, 'unlockSigner'>,
  { lockId, pageId }: LockedPage,
  visitor: Visitor,
): boolean =>
  lockId === null || readExpiringToken(unlockSigner, visitor.findUnlockToken(pageId) ?? '') === lockId;

/** For clients that keep the token themselves. */
export const addUnlockToken = (visitor: Visitor, token: string | undefined): Visitor =>
  token === undefined ? visitor : { ...visitor, findUnlockToken: () => token };

/** Returns the page as strangers see it while it is locked, so that nothing made of it reveals its content. */
export const hidePage = (page: PublicPage): PublicPage => ({
  ...page,
  title: `@${page.handle}`,
  bio: null,
  avatarUrl: null,
  avatar: null,
  cover: null,
  backdrop: null,
  theme: hidePictures(page.theme),
  seo: { title: null, description: null, noindex: true, kind: null },
  madeWith: null,
  blocks: [],
});
