import { isIP } from 'node:net';
import { z } from 'zod';
import { type Budget, parseBudget, parseDuration } from '../limits/budgets.ts';
import { parseRedisUrl } from '../redis/redis-url.ts';
import { isNetwork, type Network, parseNetwork } from './networks.ts';
import { isProxy } from './proxies.ts';

// The kinds of values that settings have, with what is wrong about others.

/** Programs decode the parts of a URL when they connect, which must not be the moment when a typing error shows. */
function isDecodable(text: string): boolean {
  try {
    return decodeURIComponent(text) !== '';
  } catch {
    return false;
  }
}
export const urlSchema = (...protocols: string[]) =>
  z
    .string()
    .refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
      error: `must be a URL that starts with ${protocols.map((p) => `${p}//`).join(' or ')}`,
      abort: true,
    })
    .refine(isDecodable, { error: 'must write a % as %25' });
/** A socket is a host of its own, `postgres://user@%2Frun%2Fpostgresql/name`, or a parameter, `postgres://user@/name?host=/run/postgresql`. */
export const databaseUrl = z
  .string()
  .refine((text) => /^postgres(ql)?:/.test(text) && URL.canParse(text.replace('@/', '@socket/')), {
    error: 'must be a URL that starts with postgres:// or postgresql://',
    abort: true,
  })
  .refine(isDecodable, { error: 'must write a % as %25' });
export const baseUrl = urlSchema('http:', 'https:').transform((text, ctx): string => {
  const { href, username, password } = new URL(text);
  if (!/[\s?#]/.test(text) && !username && !password) return href.replace(/\/+$/, '');
  ctx.addIssue({ code: 'custom', message: 'must be a URL without query, fragment or credentials' });
  return z.NEVER;
});
export const redisUrl = z.string().refine((text) => parseRedisUrl(text) !== null, {
  error:
    'must be a URL such as redis://host:6379, redis+sentinel://host:26379,host/master or redis+cluster://host,host',
});
export const flag = z.enum(['true', 'false', '1', '0', 'on', 'off'], { error: 'must be true or false' });
export const isOn = (value: string) => ['true', '1', 'on'].includes(value);
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
);
export const budget = z.string().transform((text, ctx): Budget => {
  const parsed = parseBudget(text);
  if (parsed) return parsed;
  ctx.addIssue({
    code: 'custom',
    message: 'must be count/duration, such as 10/15m, with a duration of at most 24 days',
  });
  return z.NEVER;
});
export const growingBudgets = list.transform((texts, ctx): Budget[] => {
  const parsed = texts.map(parseBudget);
  const budgets = parsed.filter((one) => one !== null);
  const isGrowing = budgets.every(({ seconds }, index) => seconds > (budgets[index - 1]?.seconds ?? 0));
  if (texts.length > 0 && budgets.length === texts.length && isGrowing) return budgets;
  ctx.addIssue({
    code: 'custom',
    message: 'must be budgets from the shortest to the longest duration, such as 10/1h,30/1d',
  });
  return z.NEVER;
});
export const headerName = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,64}$/, { error: 'must be the name of a header, such as CF-IPCountry' })
  .transform((text) => text.toLowerCase());
export const duration = z.string().transform((text, ctx): number => {
  const parsed = parseDuration(text);
  if (parsed) return parsed;
  ctx.addIssue({ code: 'custom', message: 'must be a duration, such as 30d, 12h, 15m or 30s' });
  return z.NEVER;
});
export const wholeNumberSchema = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, { error: `must be a whole number from ${min} to ${max}` })
    .transform(Number)
    .refine((n) => n >= min && n <= max, { error: `must be a whole number from ${min} to ${max}` });
export const origins = list.refine(
  (all) => all.every((one) => URL.canParse(one) && new URL(one).origin === one && !one.includes('*')),
  {
    error: 'must be origins such as https://app.example.com, separated by commas',
  },
);
export const addresses = list.refine((all) => all.length > 0 && all.every(isProxy), {
  error: 'must be addresses or CIDRs of proxies, separated by commas',
});

export const networks = list.transform((all, ctx): Network[] => {
  if (all.every(isNetwork)) return all.map(parseNetwork);
  ctx.addIssue({ code: 'custom', message: 'must be CIDRs such as 10.0.0.0/8, separated by commas' });
  return z.NEVER;
});
export const ports = list
  .refine((all) => all.length > 0 && all.every((one) => /^\d{1,5}$/.test(one) && Number(one) <= 65_535), {
    error: 'must be ports such as 443,8443, separated by commas',
  })
  .transform((all) => new Set(all.map(Number)));

const isPepper = (bytes: Buffer): boolean => bytes.length >= 32 && new Set(bytes).size >= 16;
const PEPPER_MESSAGE =
  'must be at least 32 random bytes in base64, or several such values, separated by commas';

/** The first of several is the current one. */
export const peppers = z.string().transform((text, ctx): [Buffer, ...Buffer[]] => {
  const texts = text.split(',').map((part) => part.trim());
  const [first, ...others] = texts.map((part) => Buffer.from(part, 'base64'));
  const isEncoded =
    texts.every((part) => z.base64().safeParse(part).success) && new Set(texts).size === texts.length;
  if (first && isEncoded && [first, ...others].every(isPepper)) return [first, ...others];
  ctx.addIssue({ code: 'custom', message: PEPPER_MESSAGE });
  return z.NEVER;
});

export const ipAddresses = list.refine((all) => all.every((one) => isIP(one) > 0), {
  error: 'must be IP addresses, separated by commas',
});
export const hostName = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/, { error: 'must be a host name in lower case' });
export const dnsServers = list.refine((all) => all.every((one) => /^[\da-fA-F.:[\]]+$/.test(one)), {
  error: 'must be addresses of DNS servers such as 127.0.0.1:5353, separated by commas',
});
export const sharedSecret = z.string().regex(/^[\x21-\x7e]{16,}$/, {
  error: 'must have at least 16 letters, digits or symbols',
});
