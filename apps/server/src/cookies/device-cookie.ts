import { randomBytes } from 'node:crypto';
import type { Config } from '@linkgrove/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createHostCookie } from './host-cookie.ts';

export type DeviceCookie = {
  read: (request: FastifyRequest) => string | undefined;
  set: (reply: FastifyReply, device: string) => void;
};

const DEVICE_NAME = /^[\w-]{22}$/;
const LIFETIME_SECONDS = 400 * 86_400;

export const generateDeviceName = (): string => randomBytes(16).toString('base64url');

/** Reveals when referrer and referred user share a browser. Set at sign-in, stored only as a keyed hash. */
export function createDeviceCookie(config: Config): DeviceCookie {
  const cookie = createHostCookie(config, 'device');
  return {
    read: (request) => {
      const device = cookie.read(request);
      return device !== undefined && DEVICE_NAME.test(device) ? device : undefined;
    },
    set: (reply, device) => cookie.set(reply, device, LIFETIME_SECONDS),
  };
}
