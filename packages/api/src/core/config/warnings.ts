import type { Config } from './config.ts';
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

export function listConfigWarnings(config: Config): string[] {
  if (!config.production) return [];
  const { smtpUrl, corsOrigins, trustProxy = [] } = config;
  return [
    ...(new URL(config.files.url).host === new URL(config.publicUrl).host
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
