import { isIP } from 'node:net';
import { z } from 'zod';
import { isNetwork, type Network, parseNetwork } from './networks.ts';
import { isProxy } from './proxies.ts';

// Kinds of values that settings have.

export const commaSeparated = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
);

export const addresses = commaSeparated.refine((all) => all.length > 0 && all.every(isProxy), {
  error: 'must be addresses or CIDRs of proxies, separated by commas',
});

export const networks = commaSeparated.transform((all, ctx): Network[] => {
  if (all.every(isNetwork)) return all.map(parseNetwork);
  ctx.addIssue({ code: 'custom', message: 'must be CIDRs such as 10.0.0.0/8, separated by commas' });
  return z.NEVER;
});

export const ports = commaSeparated
  .refine((all) => all.length > 0 && all.every((one) => /^\d{1,5}$/.test(one) && Number(one) <= 65_535), {
    error: 'must be ports such as 443,8443, separated by commas',
  })
  .transform((all) => new Set(all.map(Number)));

export const ipAddresses = commaSeparated.refine((all) => all.every((one) => isIP(one) > 0), {
  error: 'must be IP addresses, separated by commas',
});

export const hostName = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/, { error: 'must be a host name in lower case' });

export const dnsServers = commaSeparated.refine((all) => all.every((one) => /^[\da-fA-F.:[\]]+$/.test(one)), {
  error: 'must be addresses of DNS servers such as 127.0.0.1:5353, separated by commas',
});

export const sharedSecret = z.string().regex(/^[\x21-\x7e]{16,}$/, {
  error: 'must have at least 16 letters, digits or symbols',
});

export const headerName = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,64}$/, { error: 'must be the name of a header, such as CF-IPCountry' })
  .transform((text) => text.toLowerCase());

export const pepper = z
  .base64({ error: 'must be at least 32 random bytes in base64' })
  .transform((text) => Buffer.from(text, 'base64'))
  .refine((bytes) => bytes.length >= 32 && new Set(bytes).size >= 16, {
    error: 'must be at least 32 random bytes in base64',
  });
