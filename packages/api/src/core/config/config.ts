import { z } from 'zod';
import {
  addresses,
  budget,
  databaseUrl,
  dnsServers,
  duration,
  flag,
  growingBudgets,
  headerName,
  hostName,
  ipAddresses,
  isOn,
  networks,
  origins,
  peppers,
  ports,
  redisUrl,
  sharedSecret,
  urlSchema,
  baseUrl,
  wholeNumberSchema,
} from './values.ts';
import { isLoopbackHost } from '../http/loopback.ts';
import { buildFileVariables, listIncompleteStore, toFileConfig } from './files.ts';
import { providerList } from '../sign-in-providers/settings.ts';
import { buildSignInVariables, listWrongSignIn, toSignInConfig } from './sign-in.ts';
import { isExampleKey, signingKeys } from './signing-keys.ts';

/** The one-line message names each wrong variable, never a value. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

export type Env = Record<string, string | undefined>;

const variables = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: wholeNumberSchema(0, 65_535).default(3000),
  NODE_ENV: z
    .enum(['development', 'test', 'production'], { error: 'must be development, test or production' })
    .default('development'),
  DATABASE_URL: databaseUrl.optional(),
  DATA_DIR: z.string().default('.data'),
  REDIS_URL: redisUrl.optional(),
  SMTP_URL: urlSchema('smtp:', 'smtps:').optional(),
  DEV_MAIL: z.literal('public', { error: 'must be public, or not set' }).optional(),
  MAIL_FROM: z
    .string()
    .regex(/^[^\r\n]*[^\s@<>]+@[^\s@<>]+>?$/, { error: 'must be an address, such as Name <a@example.com>' })
    .default('Linkgrove <no-reply@localhost>'),
  PUBLIC_URL: baseUrl.optional(),
  APP_URL: baseUrl.optional(),
  CORS_ORIGINS: origins.optional(),
  JWT_PRIVATE_KEYS: signingKeys,
  PASSWORD_PEPPER: peppers,
  TRUST_PROXY: addresses.optional(),
  BCRYPT_COST: wholeNumberSchema(4, 15).default(12),
  RATE_LIMIT_LOGIN: budget.prefault('10/15m'),
  RATE_LIMIT_REGISTER: budget.prefault('20/1h'),
  RATE_LIMIT_FORGOT: budget.prefault('5/1h'),
  RATE_LIMIT_GLOBAL: budget.prefault('600/1m'),
  RATE_LIMIT_KEY: budget.prefault('600/1m'),
  MAIL_LIMIT_RECIPIENT: growingBudgets.prefault('10/1h,30/1d'),
  COUNTRY_HEADER: headerName.optional(),
  REGION_HEADER: headerName.optional(),
  GEOIP_FILE: z.string().optional(),
  ANALYTICS_RETENTION: duration.prefault('90d'),
  SECURITY_EVENT_RETENTION: duration.prefault('730d'),
  REPORT_RETENTION: duration.prefault('180d'),
  SESSION_IDLE_TIMEOUT: duration.prefault('30d'),
  SESSION_LIFETIME: duration.prefault('180d'),
  OIDC_PROVIDERS: providerList.prefault('[]'),
  PUBLISH_REQUIRES_VERIFICATION: flag.prefault('true'),
  REFERRAL_WINDOW: duration.prefault('30d'),
  PLATFORM_WORKSPACE_ID: z.uuid({ error: 'must be the ID of a workspace' }).optional(),
  WEBHOOK_PORTS: ports.prefault('443,80'),
  WEBHOOK_ALLOW_NETWORKS: networks.prefault(''),
  TLS_CHECK_SECRET: sharedSecret.optional(),
  DOMAIN_TARGET: hostName.optional(),
  DOMAIN_ADDRESSES: ipAddresses.prefault(''),
  DNS_SERVERS: dnsServers.prefault(''),
  WORKER_PORT: wholeNumberSchema(0, 65_535).optional(),
  WORKER_CONCURRENCY_URGENT: wholeNumberSchema(1, 1_000).default(10),
  WORKER_CONCURRENCY_BULK: wholeNumberSchema(1, 1_000).default(5),
  WORKER_CONCURRENCY_WEBHOOKS: wholeNumberSchema(1, 1_000).default(100),
  WORKER_RATE_URGENT: budget.optional(),
  WORKER_RATE_BULK: budget.optional(),
  JOB_TIMEOUT: duration.prefault('30s'),
  JOB_ATTEMPTS: wholeNumberSchema(1, 1_000).default(24),
  SHUTDOWN_TIMEOUT: duration.optional(),
  ...buildFileVariables(baseUrl),
  ...buildSignInVariables(),
  DOCS: flag.optional(),
  METRICS: flag.optional(),
  METRICS_HOST: z.string().optional(),
  METRICS_PORT: wholeNumberSchema(0, 65_535).optional(),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
      error: 'must be one of fatal, error, warn, info, debug, trace and silent',
    })
    .default('info'),
});
type Variables = z.infer<typeof variables>;
export const VARIABLE_NAMES: ReadonlySet<string> = new Set(Object.keys(variables.shape));

const PRODUCTION_URLS = ['DATABASE_URL', 'SMTP_URL', 'PUBLIC_URL', 'APP_URL'];

const listMissingInProduction = (given: Env): string[] =>
  given['NODE_ENV'] === 'production'
    ? PRODUCTION_URLS.filter((name) => given[name] === undefined).map(
        (name) => `${name} is required in production`,
      )
    : [];

/** Without a proxy that sets them, clients could send these headers themselves. */
const listIncomplete = (vars: Variables): string[] =>
  (['COUNTRY_HEADER', 'REGION_HEADER'] as const)
    .filter((name) => vars[name] && !vars.TRUST_PROXY)
    .map((name) => `${name} needs TRUST_PROXY`);

const DAY_SECONDS = 86_400;
/** A production server serves for two more seconds, and a worker keeps some time to close its connections. */
const MIN_SHUTDOWN_SECONDS = { production: 5, development: 2 };

const listTooShort = (vars: Variables): string[] => [
  ...(vars.ANALYTICS_RETENTION < DAY_SECONDS ? ['ANALYTICS_RETENTION must be at least 1d'] : []),
  ...(vars.SECURITY_EVENT_RETENTION < 30 * DAY_SECONDS
    ? ['SECURITY_EVENT_RETENTION must be at least 30d']
    : []),
  ...(vars.REPORT_RETENTION < DAY_SECONDS ? ['REPORT_RETENTION must be at least 1d'] : []),
  ...listTooShortSessions(vars),
  ...listTooShortShutdown(vars),
];

/** An access token outlives no session. */
const MIN_SESSION_SECONDS = 900;

const listTooShortSessions = (vars: Variables): string[] => [
  ...(vars.SESSION_IDLE_TIMEOUT < MIN_SESSION_SECONDS ? ['SESSION_IDLE_TIMEOUT must be at least 15m'] : []),
  ...(vars.SESSION_LIFETIME < vars.SESSION_IDLE_TIMEOUT
    ? ['SESSION_LIFETIME must be at least SESSION_IDLE_TIMEOUT']
    : []),
];

function listTooShortShutdown({ NODE_ENV, SHUTDOWN_TIMEOUT = Infinity }: Variables): string[] {
  const least = MIN_SHUTDOWN_SECONDS[NODE_ENV === 'production' ? 'production' : 'development'];
  return SHUTDOWN_TIMEOUT < least ? [`SHUTDOWN_TIMEOUT must be at least ${least}s`] : [];
}

function listUnsafeInProduction(vars: Variables): string[] {
  if (vars.NODE_ENV !== 'production') return [];
  const unencrypted = (['PUBLIC_URL', 'APP_URL'] as const).filter((name) => {
    const value = vars[name] && new URL(vars[name]);
    return value && value.protocol !== 'https:' && !isLoopbackHost(value.hostname);
  });
  return [
    ...unencrypted.map((name) => `${name} must start with https:// in production`),
    ...(vars.BCRYPT_COST < 10 ? ['BCRYPT_COST must be at least 10 in production'] : []),
    ...(vars.JWT_PRIVATE_KEYS.some(isExampleKey)
      ? ['JWT_PRIVATE_KEYS must not contain an example key of an RFC in production']
      : []),
  ];
}

const listExposedMailbox = (vars: Variables): string[] =>
  vars.NODE_ENV === 'production' ||
  vars.SMTP_URL !== undefined ||
  vars.DEV_MAIL === 'public' ||
  isLoopbackHost(vars.HOST)
    ? []
    : ['HOST must be a loopback address while mail is shown at /dev/mail; set SMTP_URL, or DEV_MAIL=public'];

function toMetricsListener(vars: Variables): { host: string; port: number } | undefined {
  const { METRICS_HOST: host = vars.HOST, METRICS_PORT: port = vars.PORT } = vars;
  return vars.METRICS_HOST === undefined && vars.METRICS_PORT === undefined ? undefined : { host, port };
}

/** Names that can be nobody's custom domain. */
const listOwnHosts = (vars: Variables, urls: string[]): string[] => [
  ...new Set([
    ...urls.map((one) => new URL(one).hostname),
    ...(vars.DOMAIN_TARGET ? [vars.DOMAIN_TARGET] : []),
  ]),
];

function toConfig(vars: Variables) {
  const production = vars.NODE_ENV === 'production';
  const publicUrl = vars.PUBLIC_URL ?? `http://localhost:${vars.PORT}`;
  const appUrl = vars.APP_URL ?? publicUrl;
  const metricsListener = toMetricsListener(vars);
  const metrics = vars.METRICS ? isOn(vars.METRICS) : !production || metricsListener !== undefined;
  const aliases = ['localhost', '127.0.0.1', '[::1]'].map((host) => `http://${host}:${vars.PORT}`);
  return {
    production,
    host: vars.HOST,
    port: vars.PORT,
    databaseUrl: vars.DATABASE_URL,
    dataDir: vars.DATA_DIR,
    redisUrl: vars.REDIS_URL,
    smtpUrl: vars.SMTP_URL,
    devMailPublic: vars.DEV_MAIL === 'public',
    mailFrom: vars.MAIL_FROM,
    publicUrl,
    appUrl,
    builtInPages: vars.APP_URL === undefined,
    corsOrigins: vars.CORS_ORIGINS ?? [new URL(appUrl).origin],
    trustedOrigins: new Set([
      ...(vars.CORS_ORIGINS ?? []),
      new URL(appUrl).origin,
      new URL(publicUrl).origin,
      ...(production ? [] : aliases),
    ]),
    secureCookies: publicUrl.startsWith('https:'),
    jwtPrivateKeys: vars.JWT_PRIVATE_KEYS,
    passwordPeppers: vars.PASSWORD_PEPPER,
    /** From which the keys of everything but passwords and sealed secrets are derived. */
    rootPepper: vars.PASSWORD_PEPPER.at(-1) ?? vars.PASSWORD_PEPPER[0],
    trustProxy: vars.TRUST_PROXY,
    bcryptCost: vars.BCRYPT_COST,
    limits: {
      login: vars.RATE_LIMIT_LOGIN,
      register: vars.RATE_LIMIT_REGISTER,
      forgot: vars.RATE_LIMIT_FORGOT,
      global: vars.RATE_LIMIT_GLOBAL,
      key: vars.RATE_LIMIT_KEY,
    },
    recipientBudgets: vars.MAIL_LIMIT_RECIPIENT,
    countryHeader: vars.COUNTRY_HEADER,
    regionHeader: vars.REGION_HEADER,
    geoipFile: vars.GEOIP_FILE,
    analyticsRetentionSeconds: vars.ANALYTICS_RETENTION,
    securityEventRetentionSeconds: vars.SECURITY_EVENT_RETENTION,
    reportRetentionSeconds: vars.REPORT_RETENTION,
    sessionLimits: { idleSeconds: vars.SESSION_IDLE_TIMEOUT, maxSeconds: vars.SESSION_LIFETIME },
    signInProviders: vars.OIDC_PROVIDERS,
    /** Where a sign-in with a provider may end. */
    redirectOrigins: new Set([new URL(appUrl).origin, ...(vars.CORS_ORIGINS ?? [])]),
    ...toSignInConfig(vars, { production, appUrl }),
    publishRequiresVerification: isOn(vars.PUBLISH_REQUIRES_VERIFICATION),
    referralWindowSeconds: vars.REFERRAL_WINDOW,
    platformWorkspaceId: vars.PLATFORM_WORKSPACE_ID?.toLowerCase(),
    tlsCheckSecret: vars.TLS_CHECK_SECRET,
    domainTarget: vars.DOMAIN_TARGET ?? new URL(publicUrl).hostname,
    domainAddresses: vars.DOMAIN_ADDRESSES,
    dnsServers: vars.DNS_SERVERS,
    ownHosts: listOwnHosts(vars, [publicUrl, appUrl, ...(vars.CORS_ORIGINS ?? [])]),
    webhookPorts: vars.WEBHOOK_PORTS,
    webhookNetworks: vars.WEBHOOK_ALLOW_NETWORKS,
    worker: {
      port: vars.WORKER_PORT,
      concurrency: {
        urgent: vars.WORKER_CONCURRENCY_URGENT,
        bulk: vars.WORKER_CONCURRENCY_BULK,
        webhooks: vars.WORKER_CONCURRENCY_WEBHOOKS,
      },
      rate: { urgent: vars.WORKER_RATE_URGENT, bulk: vars.WORKER_RATE_BULK },
      jobTimeoutMs: vars.JOB_TIMEOUT * 1_000,
      jobAttempts: vars.JOB_ATTEMPTS,
    },
    shutdownMs: (vars.SHUTDOWN_TIMEOUT ?? (production ? 20 : 6)) * 1_000,
    files: toFileConfig(vars, publicUrl),
    docs: vars.DOCS ? isOn(vars.DOCS) : !production,
    metrics,
    metricsListener: metrics ? metricsListener : undefined,
    logLevel: vars.LOG_LEVEL,
  };
}
export type Config = ReturnType<typeof toConfig>;

export function parseConfig(env: Env): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = variables.safeParse(given);
  const wrong = (parsed.error?.issues ?? []).map((issue) => {
    const name = String(issue.path[0]);
    return given[name] === undefined ? `${name} is required` : `${name} ${issue.message}`;
  });
  const unsafe = parsed.success
    ? [
        ...listWrongSignIn(parsed.data, parsed.data.APP_URL ?? parsed.data.PUBLIC_URL ?? 'http://localhost'),
        ...listIncomplete(parsed.data),
        ...listIncompleteStore(parsed.data),
        ...listTooShort(parsed.data),
        ...listUnsafeInProduction(parsed.data),
        ...listExposedMailbox(parsed.data),
      ]
    : [];
  const faults = [...wrong, ...listMissingInProduction(given), ...unsafe];
  if (!parsed.success || faults.length > 0) throw new ConfigError(`Configuration: ${faults.join('; ')}`);
  return toConfig(parsed.data);
}
