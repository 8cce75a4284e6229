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
  const { toName, options } = createHostCookie(config);
  const name = toName('referral');
  return {
    read: ({ cookies }) => cookies[name],
    set: (reply, value) =>
      void reply.setCookie(name, value, { ...options, maxAge: config.referralWindowSeconds }),
    clear: (reply) => void reply.clearCookie(name, options),
  };
}
