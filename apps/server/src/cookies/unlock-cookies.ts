import type { Config } from '@linkgrove/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createHostCookie } from './host-cookie.ts';

export type UnlockCookies = {
  read: (request: FastifyRequest, pageId: string) => string | undefined;
  set: (reply: FastifyReply, pageId: string, token: string, seconds: number) => void;
};

/** One for each locked page that was unlocked in the browser. */
export function createUnlockCookies(config: Config): UnlockCookies {
  const nameOf = (pageId: string) => `unlocked-${pageId}`;
  return {
    read: (request, pageId) =>
      request.headers.cookie === undefined
        ? undefined
        : createHostCookie(config, nameOf(pageId)).read(request),
    set: (reply, pageId, token, seconds) =>
      createHostCookie(config, nameOf(pageId)).set(reply, token, seconds),
  };
}
