import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { type Scope, SCOPES } from '../../core/access.ts';
import { isProxy } from '../../core/config/proxies.ts';
import { createListOutputSchema, paginationInput } from '../../core/http/pagination.ts';
import { parseDuration } from '../../core/limits/budgets.ts';
import { enteredTime, nameSchema, timestamp } from '../../core/text/validation.ts';
import { DEFAULT_GRACE, MAX_GRACE_SECONDS, MAX_LIFETIME_YEARS, MAX_NETWORKS } from './policy.ts';

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Object.keys forgets the names
const scopeNames = Object.keys(SCOPES) as Scope[];
const scope = z.enum(scopeNames);
const scopes = z
  .array(scope)
  .min(1)
  .max(scopeNames.length)
  .transform((names) => [...new Set(names)]);

/** For clocks that are a little ahead. */
const CLOCK_TOLERANCE_MS = 60_000;

function findLatestExpiry(): number {
  const latest = new Date(Date.now() + CLOCK_TOLERANCE_MS);
  return latest.setUTCFullYear(latest.getUTCFullYear() + MAX_LIFETIME_YEARS);
}

const expiresAt = enteredTime
  .refine((text) => Date.parse(text) > Date.now() && Date.parse(text) <= findLatestExpiry(), {
    error: `Enter a time in the future, at most ${MAX_LIFETIME_YEARS} years from now, or null for a key that does not expire`,
  })
  .nullable()
  .describe('At most two years from now; null for never');

const IPV4_IN_IPV6_BITS = 96;

/** `203.0.113.7` is `203.0.113.7/32`, and `203.0.113.7/24` is `203.0.113.0/24`. IPv4 in IPv6 becomes IPv4. */
function normalizeNetwork(text: string): string {
  const [address = '', bits] = text.split('/');
  const parsed = ipaddr.process(address);
  const isMapped = ipaddr.parse(address).kind() !== parsed.kind();
  const longest = parsed.kind() === 'ipv4' ? 32 : 128;
  const prefix = bits === undefined ? longest : Number(bits) - (isMapped ? IPV4_IN_IPV6_BITS : 0);
  const cidr = `${parsed.toString()}/${prefix}`;
  const kind = parsed.kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6;
  return `${kind.networkAddressFromCIDR(cidr).toString()}/${prefix}`;
}

const network = z
  .string()
  .trim()
  .max(64)
  .refine(isProxy, { error: 'Enter an address such as 203.0.113.7, or a network such as 203.0.113.0/24' })
  .transform(normalizeNetwork);
const allowedNetworks = z
  .array(network)
  .max(MAX_NETWORKS)
  .describe('Addresses and networks (CIDR) from which the key works; everywhere if empty');

const name = nameSchema(1, 64);

export const createKeyInput = z
  .strictObject({
    workspaceId: z.uuid().optional().describe('Your personal workspace if omitted'),
    name,
    scopes,
    expiresAt: expiresAt.optional().describe('A year from now if omitted, at most two; null for never'),
    allowedNetworks: allowedNetworks.default([]),
  })
  .meta({ id: 'CreateApiKeyInput' });
export const updateKeyInput = z
  .strictObject({
    id: z.uuid(),
    name: name.optional(),
    scopes: scopes.optional(),
    expiresAt: expiresAt.optional(),
    allowedNetworks: allowedNetworks.optional(),
  })
  .meta({ id: 'UpdateApiKeyInput' });
export const keyIdInput = z.strictObject({ id: z.uuid() });
export const listKeysInput = z
  .strictObject({
    ...paginationInput,
    workspaceId: z.uuid().optional().describe('All workspaces whose keys you may manage if omitted'),
  })
  .prefault({});

const NO_GRACE = /^0[smhd]?$/;

/** In seconds; null if it is no duration. */
export const parseGrace = (grace: string | 0): number | null =>
  NO_GRACE.test(`${grace}`) ? 0 : parseDuration(`${grace}`);

const grace = z
  .union([z.string(), z.literal(0)])
  .refine((value) => (parseGrace(value) ?? Infinity) <= MAX_GRACE_SECONDS, {
    error: 'Enter a duration such as 30m, 24h or 7d, at most 7 days, or 0 to end the old key now',
  })
  .default(DEFAULT_GRACE);
export const rotateKeyInput = z
  .strictObject({
    id: z.uuid(),
    grace: grace.describe('How long the old key still works, such as `24h`; at most `7d`, `0` to end it now'),
    expiresAt: expiresAt
      .optional()
      .describe('As long as the old key was made for if omitted; null for never'),
  })
  .meta({ id: 'RotateApiKeyInput' });

const keyMembers = {
  id: z.uuid(),
  workspaceId: z.uuid(),
  createdBy: z.uuid().describe('The user for whom the key acts'),
  name: z.string(),
  start: z.string().describe('The first characters of the key'),
  scopes: z.array(scope),
  allowedNetworks: z.array(z.string()),
  expiresAt: timestamp.nullable(),
  endsAt: timestamp.nullable().describe('When a key that was rotated stops working'),
  lastUsedAt: timestamp.nullable().describe('Updated at most once a minute'),
  createdAt: timestamp,
};
export const keyOutput = z.object(keyMembers).meta({ id: 'ApiKey' });
export type Key = z.infer<typeof keyOutput>;
export const keyListOutput = createListOutputSchema(keyOutput);
export const createdKeyOutput = z
  .object({ ...keyMembers, key: z.string().describe('The key itself, which is shown only this once') })
  .meta({ id: 'CreatedApiKey' });
export type CreatedKey = z.infer<typeof createdKeyOutput>;
