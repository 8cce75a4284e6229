import { z } from 'zod';
import { isLoopbackHost } from '../http/loopback.ts';
import { tryParseJson } from '../text/json.ts';
import { type Preset, PRESETS } from './presets.ts';

/** The private key with which Apple's client secrets are signed. */
export type AppleKey = { teamId: string; keyId: string; privateKey: string };

export type ProviderSettings = {
  id: string;
  name: string;
  protocol: Preset['protocol'];
  issuer: string;
  clientId: string;
  clientSecret: string | AppleKey;
  scopes: string;
  responseMode: 'query' | 'form_post';
  endpoints: Preset['endpoints'];
  addressProof: Preset['addressProof'];
};

const text = z.string().trim().min(1).max(4_096);
const url = z.url({ protocol: /^https?$/ });

/** Paths below `/api/auth` that mean something else. */
const RESERVED = new Set(['providers', 'sign-up']);
const id = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,31}$/)
  .refine((name) => !RESERVED.has(name));

const presetName = z.enum(['google', 'microsoft', 'apple', 'github', 'discord']);

const entry = z.strictObject({
  id,
  preset: presetName.optional(),
  name: z.string().trim().min(1).max(40).optional(),
  issuer: url.optional(),
  clientId: text,
  clientSecret: text.optional(),
  scopes: z
    .union([
      text,
      z
        .array(text)
        .min(1)
        .transform((all) => all.join(' ')),
    ])
    .optional(),
  responseMode: z.enum(['query', 'form_post']).optional(),
  teamId: text.optional(),
  keyId: text.optional(),
  privateKey: text.optional(),
  endpoints: z.strictObject({ authorization: url, token: url, user: url, emails: url.optional() }).optional(),
});
type Entry = z.infer<typeof entry>;

const SNAKE_CASE: Record<string, string> = { client_id: 'clientId', client_secret: 'clientSecret' };

/** Settings are often copied from a provider's own page, which writes `client_id`. */
const renameMembers = (value: unknown): unknown =>
  typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([name, member]) => [SNAKE_CASE[name] ?? name, member]))
    : value;

function findPreset({ id: name, preset, issuer }: Entry): Preset | undefined {
  const chosen = presetName.safeParse(preset ?? (issuer === undefined ? name : undefined));
  return chosen.success ? PRESETS[chosen.data] : undefined;
}

function readSecret({ clientSecret, teamId, keyId, privateKey }: Entry): string | AppleKey | undefined {
  if (clientSecret !== undefined) return clientSecret;
  return teamId && keyId && privateKey ? { teamId, keyId, privateKey } : undefined;
}

/** Plain HTTP would let anybody on the way sign in as anybody. */
const isSafe = (address: string): boolean => {
  const { protocol, hostname } = new URL(address);
  return protocol === 'https:' || isLoopbackHost(hostname);
};

/** The settings, or what is wrong with them. */
function toSettings(given: Entry): ProviderSettings | string {
  const preset = findPreset(given);
  const issuer = given.issuer ?? preset?.issuer;
  const endpoints = given.endpoints ?? preset?.endpoints;
  const clientSecret = readSecret(given);
  if (issuer === undefined) return 'issuer is missing';
  if (clientSecret === undefined) return 'clientSecret is missing';
  const addresses = [issuer, ...Object.values(endpoints ?? {})].filter((one) => one !== undefined);
  if (!addresses.every(isSafe)) return 'issuer and endpoints must start with https://';
  return {
    id: given.id,
    name: given.name ?? preset?.name ?? given.id,
    protocol: preset?.protocol ?? 'oidc',
    issuer,
    clientId: given.clientId,
    clientSecret,
    scopes: given.scopes ?? preset?.scopes ?? 'openid email profile',
    responseMode: given.responseMode ?? preset?.responseMode ?? 'query',
    endpoints,
    addressProof: preset?.addressProof ?? 'email_verified',
  };
}

export type ParsedProviders = { settings: ProviderSettings[]; faults: string[] };

function parseProvider(value: unknown, index: number): ProviderSettings | string {
  const parsed = entry.safeParse(renameMembers(value));
  const named = z.object({ id: z.string() }).safeParse(value);
  // Names of members only: a value may be a secret.
  const wrong = parsed.error?.issues.map(({ path, code }) => path.join('.') || code) ?? [];
  const settings = parsed.success ? toSettings(parsed.data) : `wrong or unknown: ${wrong.join(', ')}`;
  if (typeof settings !== 'string') return settings;
  return `the provider ${named.success && id.safeParse(named.data.id).success ? named.data.id : index} is off: ${settings}`;
}

/** A wrong entry switches its provider off and is reported; a wrong variable stops the start. */
export const providerList = z.string().transform((value, ctx): ParsedProviders => {
  const list = z.array(z.unknown()).safeParse(tryParseJson(value));
  if (!list.success) {
    ctx.addIssue({ code: 'custom', message: 'must be a JSON array of providers' });
    return z.NEVER;
  }
  const parsed = list.data.map(parseProvider);
  const settings = parsed.filter((one) => typeof one !== 'string');
  const names = settings.map((one) => one.id);
  const doubled = settings.filter((one, index) => names.indexOf(one.id) !== index);
  return {
    settings: settings.filter((one) => !doubled.some((other) => other.id === one.id)),
    faults: [
      ...parsed.filter((one) => typeof one === 'string'),
      ...doubled.map((one) => `the provider ${one.id} is off: it occurs twice`),
    ],
  };
});
