import type { Config } from '@linkgrove/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createHostCookie } from './host-cookie.ts';

export type AttributionCookie = {
  read: (request: FastifyRequest) => string | undefined;
  set: (reply: FastifyReply, value: string) => void;
  clear: (reply: FastifyReply) => void;
};

/** HttpOnly, so that no script can read or change the attribution of a sign-up. */
export function createAttributionCookie(config: Config): AttributionCookie {
  const cookie = createHostCookie(config, 'referral');
  return { ...cookie, set: (reply, value) => cookie.set(reply, value, config.referralWindowSeconds) };
}
