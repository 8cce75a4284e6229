import type { Config } from '@linkgrove/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createHostCookie } from './host-cookie.ts';

export type AttributionCookie = {
  read: (request: FastifyRequest) => string | undefined;
  set: (reply: FastifyReply, value: string) => void;
  clear: (reply: FastifyReply) => void;
};

/** HttpOnly, so that no script can read or change the attribution of a sign-up. */
export const createAttributionCookie = (config: Config): AttributionCookie =>
  createCookie(config, 'referral');

/** Remembers the last click on the link of a workspace's campaign. */
export const createClickCookie = (config: Config): AttributionCookie => createCookie(config, 'click');

function createCookie(config: Config, name: string): AttributionCookie {
  const cookie = createHostCookie(config, name);
  return { ...cookie, set: (reply, value) => cookie.set(reply, value, config.referralWindowSeconds) };
}
