import type { Config } from '@linkgrove/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createHostCookie } from './host-cookie.ts';

/** How this installation has a browser remember the referral link it came by. */
export type AttributionCookie = {
  read: (request: FastifyRequest) => string | undefined;
  set: (reply: FastifyReply, value: string) => void;
  clear: (reply: FastifyReply) => void;
};

/** Out of reach of scripts, so that a page can neither read nor forge whom a sign-up is credited to. */
export function createAttributionCookie(config: Config): AttributionCookie {
  const { name: nameOf, options } = createHostCookie(config);
  const name = nameOf('referral');
  return {
    read: ({ cookies }) => cookies[name],
    set: (reply, value) =>
      void reply.setCookie(name, value, { ...options, maxAge: config.referralWindowSeconds }),
    clear: (reply) => void reply.clearCookie(name, options),
  };
}
