import { createHash } from 'node:crypto';
import { domainToASCII } from 'node:url';
import ipaddr from 'ipaddr.js';
import { loadPackage } from '../../core/load-package.ts';
import { isDeceptiveHost } from '../../core/text/deceptive-host.ts';

/** Per workspace. */
export const MAX_DOMAINS = 20;

/** A claim that nobody proves is deleted. */
export const UNPROVEN_DAYS = 7;
/** How long an active domain may be wrong in DNS before it counts as failed. */
export const FAILING_HOURS = 24;
/** How long a failed domain is kept before it is released. */
export const RELEASE_DAYS = 14;

export const RETRY_MINUTES = 10;
export const PENDING_CHECK_MINUTES = 10;
export const FAILING_CHECK_MINUTES = 30;
export const ACTIVE_CHECK_MINUTES = 360;

const MAX_HOSTNAME_LENGTH = 253;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** Names that never reach this server from elsewhere (RFC 6761, 6762, 7686, 8375, 9476 and ICANN's internal). */
const SPECIAL_ZONES = new Set([
  'alt',
  'arpa',
  'example',
  'internal',
  'invalid',
  'lan',
  'local',
  'localhost',
  'onion',
  'test',
]);

/** The name that its owner registered, or null: `example.com` of `links.example.com`. */
function findRegisteredName(hostname: string): string | null {
  const { getDomain }: typeof import('tldts') = loadPackage('tldts');
  return getDomain(hostname, { allowPrivateDomains: true });
}

/** In lower case, without a final dot and with its labels in ASCII (IDNA), or why it cannot be used. */
export function readHostname(given: string): { hostname: string } | { problem: string } {
  const text = given.trim().replace(/\.$/, '');
  if (text === '' || /[\s/:@?#%\\[\]]/.test(text))
    return { problem: 'Enter a name such as links.example.com, without https:// and without a path' };
  const hostname = domainToASCII(text.toLowerCase());
  const labels = hostname.split('.');
  const isName = hostname.length <= MAX_HOSTNAME_LENGTH && labels.every((label) => LABEL.test(label));
  if (ipaddr.isValid(text) || ipaddr.isValid(hostname))
    return { problem: 'Enter a name such as links.example.com, not an IP address' };
  if (!isName) return { problem: 'Enter a name such as links.example.com' };
  const zone = labels.at(-1) ?? '';
  if (labels.length < 2 || SPECIAL_ZONES.has(zone) || /^\d+$/.test(zone))
    return { problem: 'Enter a name that is registered in the public DNS' };
  if (findRegisteredName(hostname) === null)
    return { problem: 'Under this name others register names of their own. Enter one of those.' };
  if (isDeceptiveHost(hostname)) return { problem: 'Its letters look like those of another name' };
  return { hostname };
}

/** Where no CNAME can be, as other records are. */
export const isApex = (hostname: string): boolean => findRegisteredName(hostname) === hostname;

const isSameOrBelow = (hostname: string, host: string): boolean =>
  hostname === host || hostname.endsWith(`.${host}`);

/** The hosts of this installation, and every name below them. */
export const isOwnName = (hostname: string, ownHosts: readonly string[]): boolean =>
  ownHosts.some((host) => isSameOrBelow(hostname, host));

/** Hosts are looked up by bucket, so that unknown ones cost at most one query per bucket and second. */
export const findHostBucket = (hostname: string): number =>
  createHash('sha256').update(hostname).digest().readUInt8(0);

export type DnsRecord = {
  type: 'TXT' | 'CNAME' | 'ALIAS' | 'A' | 'AAAA';
  name: string;
  value: string;
  purpose: 'ownership' | 'routing';
  required: boolean;
};

export const toProofName = (hostname: string): string => `_linkgrove.${hostname}`;
export const toProofText = (token: string): string => `linkgrove-verify=${token}`;

type Routing = { target: string; addresses: readonly string[] };

function listRoutingRecords(hostname: string, { target, addresses }: Routing): DnsRecord[] {
  const apex = isApex(hostname);
  const common = { name: hostname, purpose: 'routing' as const };
  const byAddress = addresses.map((value, index): DnsRecord => ({
    ...common,
    type: value.includes(':') ? 'AAAA' : 'A',
    value,
    required: apex && index === 0,
  }));
  if (!apex) return [{ ...common, type: 'CNAME', value: target, required: true }, ...byAddress];
  // Some providers offer a record that is like a CNAME but may be at an apex.
  return [...byAddress, { ...common, type: 'ALIAS', value: target, required: byAddress.length === 0 }];
}

export const listDnsRecords = (
  { hostname, token }: { hostname: string; token: string },
  routing: Routing,
): DnsRecord[] => [
  {
    type: 'TXT',
    name: toProofName(hostname),
    value: toProofText(token),
    purpose: 'ownership',
    required: true,
  },
  ...listRoutingRecords(hostname, routing),
];

/** `null`: DNS could not be asked. */
export type DnsFacts = {
  texts: string[] | null;
  addresses: string[] | null;
  ownAddresses: string[] | null;
};
export type Finding = { state: 'right' } | { state: 'unknown' | 'wrong'; detail: string };

const DNS_SILENT = 'DNS did not answer. The check is repeated soon.';
const canonicalize = (address: string): string =>
  ipaddr.isValid(address) ? ipaddr.parse(address).toNormalizedString() : address;

export function judgeOwnership(
  { hostname, token }: { hostname: string; token: string },
  facts: DnsFacts,
): Finding {
  if (facts.texts === null) return { state: 'unknown', detail: DNS_SILENT };
  if (facts.texts.some((text) => text.trim() === toProofText(token))) return { state: 'right' };
  const detail = `The TXT record at ${toProofName(hostname)} is missing or has another value`;
  return { state: 'wrong', detail };
}

export function judgeRouting({ hostname }: { hostname: string }, facts: DnsFacts): Finding {
  const { addresses, ownAddresses } = facts;
  if (addresses === null || ownAddresses === null || ownAddresses.length === 0)
    return { state: 'unknown', detail: DNS_SILENT };
  if (addresses.length === 0) return { state: 'wrong', detail: `${hostname} has no address in DNS` };
  const own = new Set(ownAddresses.map(canonicalize));
  const foreign = addresses.find((address) => !own.has(canonicalize(address)));
  if (foreign === undefined) return { state: 'right' };
  return { state: 'wrong', detail: `${hostname} points to ${foreign}, which is not this server` };
}

export type DomainState = {
  status: 'pending' | 'active' | 'failed';
  statusDetail: string | null;
  verifiedAt: Date | null;
  failingSince: Date | null;
};
export type Outcome = {
  next: DomainState;
  news: 'verified' | 'failed' | null;
  isReleased: boolean;
  checkInMinutes: number;
};

const HOUR_MS = 3_600_000;

function fail(before: DomainState, detail: string, now: Date): Outcome {
  const failingSince = before.failingSince ?? now;
  const hours = (now.getTime() - failingSince.getTime()) / HOUR_MS;
  const isFailed = before.status === 'failed' || hours >= FAILING_HOURS;
  return {
    next: { ...before, status: isFailed ? 'failed' : 'active', statusDetail: detail, failingSince },
    news: isFailed && before.status === 'active' ? 'failed' : null,
    isReleased: isFailed && hours >= FAILING_HOURS + RELEASE_DAYS * 24,
    checkInMinutes: FAILING_CHECK_MINUTES,
  };
}

/** Returns the state of a domain after a check. Silence changes only the detail. */
export function judgeDomain(
  before: DomainState,
  { ownership, routing }: { ownership: Finding; routing: Finding },
  now: Date,
): Outcome {
  const wrong = [ownership, routing].find(({ state }) => state === 'wrong');
  const unknown = [ownership, routing].find(({ state }) => state === 'unknown');
  const isKnown = before.status !== 'pending';
  if (wrong && isKnown) return fail(before, 'detail' in wrong ? wrong.detail : '', now);
  const verifiedAt =
    ownership.state === 'right'
      ? (before.verifiedAt ?? now)
      : ownership.state === 'wrong'
        ? null
        : before.verifiedAt;
  const open = wrong ?? unknown;
  if (open && 'detail' in open) {
    const next = { ...before, verifiedAt, statusDetail: open.detail };
    const checkInMinutes = wrong ? PENDING_CHECK_MINUTES : RETRY_MINUTES;
    return { next, news: null, isReleased: false, checkInMinutes };
  }
  return {
    next: { status: 'active', statusDetail: null, verifiedAt, failingSince: null },
    news: before.status === 'active' ? null : 'verified',
    isReleased: false,
    checkInMinutes: ACTIVE_CHECK_MINUTES,
  };
}
