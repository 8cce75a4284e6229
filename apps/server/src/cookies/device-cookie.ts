import { randomBytes } from 'node:crypto';
import type { Config } from '@linkgrove/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createHostCookie } from './host-cookie.ts';

/** How this installation has a browser keep a name of its own. */
export type DeviceCookie = {
  read: (request: FastifyRequest) => string | undefined;
  set: (reply: FastifyReply, device: string) => void;
};

const SHAPE = /^[\w-]{22}$/;
const LIFETIME_SECONDS = 400 * 86_400;

/** A name for a browser that has none. */
export const generateDeviceName = (): string => randomBytes(16).toString('base64url');

/**
 * A random name, set when someone signs in and known to us as a keyed hash only: it tells when two accounts
 * of one referral are used in one browser.
 */
export function createDeviceCookie(config: Config): DeviceCookie {
  const { name: nameOf, options } = createHostCookie(config);
  const name = nameOf('device');
  return {
    read: ({ cookies }) => {
      const device = cookies[name];
      return device !== undefined && SHAPE.test(device) ? device : undefined;
    },
    set: (reply, device) => void reply.setCookie(name, device, { ...options, maxAge: LIFETIME_SECONDS }),
  };
}
