import { isCheckViolation } from '@linkgrove/db';
import { generateId } from '../../../core/crypto/ids.ts';
import { findPersonalWorkspaceId } from '../../workspaces/service.ts';
import { claimHandlePart } from '../handles/queries.ts';
import * as queries from '../queries.ts';
import { DEFAULT_LANGUAGE, DEFAULT_SEO, DEFAULT_THEME } from '../schema.ts';

export type PartialContent = { [K in keyof queries.PageContent]?: queries.PageContent[K] | undefined };

export const withDefaults = ({
  handle,
  title = handle,
  bio = null,
  avatarUrl = null,
  avatarFileId = null,
  language = DEFAULT_LANGUAGE,
  theme = DEFAULT_THEME,
  seo = DEFAULT_SEO,
  madeWith = false,
}: PartialContent & { handle: string }) => ({
  handle,
  title,
  bio,
  avatarUrl,
  avatarFileId,
  language,
  theme,
  seo,
  madeWith,
});

/** Parts of the sign-up statement, which fails if the handle is unavailable; see `isHandleTakenError`. */
export function prepareFirstPage(first: { userId: string; title: string; handle: string }) {
  const { userId, title, handle } = first;
  const id = generateId();
  const workspaceId = findPersonalWorkspaceId(userId);
  return {
    page: queries.insertPagePart({ ...withDefaults({ handle, title }), id, workspaceId, userId, slot: 1 }),
    handle: claimHandlePart({ handle, workspaceId, pageId: id }),
  };
}

export const isHandleTakenError = (error: unknown): boolean => isCheckViolation(error, 'handles_by_state');
