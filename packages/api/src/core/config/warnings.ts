import { type Config, type Env, VARIABLE_NAMES } from './config.ts';
import { isLoopbackHost } from '../http/loopback.ts';
import { isVeryWideProxy } from './proxies.ts';

function isPlainSmtp(url: string): boolean {
  const { protocol, hostname, searchParams } = new URL(url);
  return (
    protocol === 'smtp:' &&
    !isLoopbackHost(hostname) &&
    searchParams.get('requireTLS')?.toLowerCase() === 'false'
  );
}

const isPlainOrigin = (origin: string): boolean => {
  const { protocol, hostname } = new URL(origin);
  return protocol === 'http:' && !isLoopbackHost(hostname);
};

/** Below `/files` our own server answers, with headers that let nothing run. Elsewhere on that host nobody knows. */
const isOnHostOfPages = ({ files, publicUrl }: Config): boolean =>
  files.url !== `${publicUrl}/files` && new URL(files.url).host === new URL(publicUrl).host;

export function listConfigWarnings(config: Config): string[] {
  const providers = config.signInProviders.faults.map((fault) => `OIDC_PROVIDERS: ${fault}`);
  if (!config.production) return providers;
  const { smtpUrl, corsOrigins, trustProxy = [] } = config;
  return [
    ...providers,
    ...(isOnHostOfPages(config)
      ? ['FILES_URL has the host of PUBLIC_URL; serve uploads from a host of their own']
      : []),
    ...(smtpUrl !== undefined && isPlainSmtp(smtpUrl)
      ? ['SMTP_URL sends mail to another machine without TLS; remove requireTLS=false']
      : []),
    ...(corsOrigins.some(isPlainOrigin)
      ? ['CORS_ORIGINS trusts an origin without https, whose pages anybody on the way can change']
      : []),
    ...(trustProxy.some(isVeryWideProxy)
      ? ['TRUST_PROXY trusts so wide a range that strangers can pretend any address; name your own proxies']
      : []),
  ];
}

/** Beginnings that only our settings have. */
const OUR_PREFIXES =
  /^(RATE_LIMIT_|MAIL_LIMIT_|WORKER_|WEBHOOK_|METRICS_|REFERRAL_WINDOW|PASSWORD_PEPPER|JWT_PRIVATE|OIDC_)/;
const withoutSigns = (name: string): string => name.replaceAll('_', '').toUpperCase().replace(/S$/, '');
const SPELLINGS = new Map([...VARIABLE_NAMES].map((name) => [withoutSigns(name), name]));
const MAX_THREADS = 1_024;

/** Names that look like settings and are none, such as `RATE_LIMIT_LOGINS`. */
export function listEnvironmentWarnings(env: Env): string[] {
  const unknown = Object.keys(env).filter((name) => !VARIABLE_NAMES.has(name));
  const misspelt = unknown.flatMap((name) => {
    const meant = SPELLINGS.get(withoutSigns(name));
    if (meant !== undefined) return [`${name} is not a setting; did you mean ${meant}?`];
    return OUR_PREFIXES.test(name) ? [`${name} is not a setting`] : [];
  });
  const threads = env['UV_THREADPOOL_SIZE'];
  const isNumber =
    threads === undefined ||
    (/^\d{1,4}$/.test(threads) && Number(threads) <= MAX_THREADS && Number(threads) > 0);
  return isNumber
    ? misspelt
    : [
        ...misspelt,
        `UV_THREADPOOL_SIZE must be a whole number from 1 to ${MAX_THREADS}; Node uses 4 threads`,
      ];
}
