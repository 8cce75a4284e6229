import { LRUCache } from 'lru-cache';
import type { CaptureSubject } from '../../../../core/capture/capture.ts';
import type { Credentials, DbCtx } from '../../../../core/context.ts';
import { hashWithSha256 } from '../../../../core/crypto/crypto.ts';
import { findPersonalWorkspaceId } from '../../../workspaces/service.ts';
import * as queries from './queries.ts';

export type Identify = (credentials: Credentials) => Promise<string | undefined>;

const KNOWN_MS = 60_000;
/** Somebody who joins is an insider soon after. */
const STRANGER_MS = 1_000;
const MAX_KNOWN = 2_000;

/** Remembers answers for a minute, since a page is often opened many times in a row by its owner. */
function createIdentities(identify: Identify): Identify {
  const known = new LRUCache<string, { userId: string | undefined }>({ max: MAX_KNOWN, ttl: KNOWN_MS });
  return async (credentials) => {
    const key = hashWithSha256(`${credentials.accessToken} ${credentials.refreshToken}`).toString('base64');
    const found = known.get(key) ?? { userId: await identify(credentials) };
    known.set(key, found);
    return found.userId;
  };
}

function createMemberships({ db }: DbCtx) {
  const known = new LRUCache<string, { isMember: boolean }>({ max: MAX_KNOWN });
  return async (workspaceId: string, userId: string): Promise<boolean> => {
    if (workspaceId === findPersonalWorkspaceId(userId)) return true;
    const key = `${workspaceId} ${userId}`;
    const cached = known.get(key);
    if (cached) return cached.isMember;
    const isMember = await queries.hasMemberRow(db, workspaceId, userId);
    known.set(key, { isMember }, { ttl: isMember ? KNOWN_MS : STRANGER_MS });
    return isMember;
  };
}

export type InsiderCheck = (credentials: Credentials, subject: CaptureSubject) => Promise<boolean>;

/** Whether it says nothing about visitors, because its person made the link, or is a member where the page is. */
export function createInsiderCheck(ctx: DbCtx, identify: Identify): InsiderCheck {
  const findUser = createIdentities(identify);
  const isMember = createMemberships(ctx);
  return async (credentials, subject) => {
    const userId = await findUser(credentials);
    if (userId === undefined) return false;
    if (subject.kind !== 'visit') return isMember(subject.workspaceId, userId);
    if (userId === subject.ownerId) return true;
    return subject.origin?.source === 'page' && isMember(subject.origin.workspaceId, userId);
  };
}
