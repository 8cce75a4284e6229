import { isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

const WITH_PORT = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/;
const MAX_PORT = 65_535;
/** Longest spelling: an IPv6 address with a zone and a port, in brackets and quotes. */
const MAX_ENTRY_LENGTH = 128;

export type TrustCheck = (address: string) => boolean;

function parseAddress(text: string): string | undefined {
  const address = text.replace(/%[\w.-]+$/, '');
  if (!isIPv4(address) && !isIPv6(address)) return undefined;
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : undefined;
}

/** Accepts `v4`, `v4:port`, `v6`, `[v6]` and `[v6]:port`, with blanks, double quotes and a zone, as proxies write. */
export function parseForwardedAddress(entry: string): string | undefined {
  if (entry.length > MAX_ENTRY_LENGTH) return undefined;
  const text = entry.trim().replace(/^"(.*)"$/, '$1');
  const bare = parseAddress(text);
  if (bare !== undefined) return bare;
  const [, inBrackets, plain, port] = WITH_PORT.exec(text) ?? [];
  if (port !== undefined && Number(port) > MAX_PORT) return undefined;
  if (inBrackets !== undefined) return isIPv4(inBrackets) ? undefined : parseAddress(inBrackets);
  return plain !== undefined && isIPv4(plain) ? parseAddress(plain) : undefined;
}

/** Walks from the right while hops are trusted proxies; an invalid entry ends the walk at the last good hop. */
export function findClientAddress(
  socketAddress: string,
  forwardedFor: string | string[] | undefined,
  isTrusted: TrustCheck,
): string {
  let address = parseForwardedAddress(socketAddress) ?? socketAddress;
  const entries = [forwardedFor ?? []].flat().join(',').split(',').toReversed();
  for (const entry of entries) {
    // RFC 9110, 5.6.1: empty list elements are ignored.
    if (entry.trim() === '') continue;
    if (!isTrusted(address)) return address;
    const next = parseForwardedAddress(entry);
    if (next === undefined) return address;
    address = next;
  }
  return address;
}

export function createTrustCheck(proxies: readonly string[]): TrustCheck {
  const ranges = proxies.map((proxy) => {
    if (proxy.includes('/')) return ipaddr.parseCIDR(proxy);
    const address = ipaddr.process(proxy);
    return [address, address.kind() === 'ipv4' ? 32 : 128] as const;
  });
  return (text) => {
    if (!ipaddr.isValid(text)) return false;
    const address = ipaddr.process(text);
    return ranges.some(
      ([network, bits]) => address.kind() === network.kind() && address.match(network, bits),
    );
  };
}

type RawRequest = {
  headers: Record<string, string | string[] | undefined>;
  socket: { remoteAddress?: string | undefined };
};

/** For `rewriteUrl`, the first code of a request: Fastify's `trustProxy` can judge entries, but not rewrite them. */
export function normalizeForwardedFor({ headers, socket }: RawRequest, isTrusted: TrustCheck): void {
  const forwardedFor = headers['x-forwarded-for'];
  if (forwardedFor === undefined) return;
  const socketAddress = socket.remoteAddress ?? '';
  const client = findClientAddress(socketAddress, forwardedFor, isTrusted);
  if (client === (parseForwardedAddress(socketAddress) ?? socketAddress)) delete headers['x-forwarded-for'];
  else headers['x-forwarded-for'] = client;
}
