import { domainToASCII } from 'node:url';

export type HostLevel = 'blocked' | 'suspicious';
export const MAX_HOST_LENGTH = 253;

/** What `checkUrl` accepts as a host, after the scheme or the @ of a mail link. Braces: the places of amounts. */
const HOST = String.raw`\[[0-9a-f:.]+\]|[\p{L}\p{M}\p{N}._{}-]+`;
const WEB_HOST = new RegExp(`https?://(${HOST})`, 'giu');
const MAIL_HOST = new RegExp(String.raw`mailto:[^\s"?<>]*@(${HOST})`, 'giu');

/** The ASCII form by which hosts are compared; undefined for what is no host. */
export function toAsciiHost(text: string): string | undefined {
  const url = `http://${text.replace(/\.$/, '')}/`;
  if (!URL.canParse(url)) return undefined;
  const { hostname, host, username, pathname } = new URL(url);
  return host === hostname && username === '' && pathname === '/' ? hostname : undefined;
}

/** Tells whether a host is below a top-level domain, such as `example.com`, or an IP address. */
export function isBlockableHost(host: string): boolean {
  return host.length <= MAX_HOST_LENGTH && (host.startsWith('[') || /^[\w-]+(?:\.[\w-]+)+$/.test(host));
}

/** Finds the hosts of all links in a value, however deep they are. */
export function findHosts(value: unknown): string[] {
  const text = JSON.stringify(value) ?? '';
  const found = [...text.matchAll(WEB_HOST), ...text.matchAll(MAIL_HOST)];
  return [...new Set(found.flatMap(([, host = '']) => toAsciiHost(host) ?? domainToASCII(host)))];
}

/** `a.b.c`, `b.c` and `c`: an entry covers its subdomains. */
export const listParentHosts = (host: string): string[] =>
  host.split('.').map((_, index, labels) => labels.slice(index).join('.'));
