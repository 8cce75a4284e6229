import { isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

const WITH_PORT = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/;
const MAX_PORT = 65_535;
/** Longest spelling: an IPv6 address with a zone and a port, in brackets and quotes. */
const MAX_ENTRY_LENGTH = 128;

/** Decides whether an address belongs to one of our own proxies. */
export type TrustCheck = (address: string) => boolean;

/** Returns an address in its canonical spelling: IPv4 also where it is mapped into IPv6, no zone. */
function parseAddress(text: string): string | undefined {
  const address = text.replace(/%[\w.-]+$/, '');
  if (!isIPv4(address) && !isIPv6(address)) return undefined;
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : undefined;
}

/**
 * Parses one entry of X-Forwarded-For as proxies write it: `v4`, `v4:port`, `v6`, `[v6]` or `[v6]:port`, with
 * blanks, double quotes and a zone allowed. Returns the bare address; undefined for anything else.
 */
export function parseForwardedAddress(entry: string): string | undefined {
  if (entry.length > MAX_ENTRY_LENGTH) return undefined;
  const text = entry.trim().replace(/^"(.*)"$/, '$1');
  // More than one colon without brackets: an IPv6 address, which can't have a port.
  const bare = parseAddress(text);
  if (bare !== undefined) return bare;
  const [, inBrackets, plain, port] = WITH_PORT.exec(text) ?? [];
  if (port !== undefined && Number(port) > MAX_PORT) return undefined;
  if (inBrackets !== undefined) return isIPv4(inBrackets) ? undefined : parseAddress(inBrackets);
  return plain !== undefined && isIPv4(plain) ? parseAddress(plain) : undefined;
}

/**
 * Returns the client's address: starting at the socket, walks X-Forwarded-For from the right for as long as the
 * address reached is a trusted proxy. Entries are parsed before trust is judged. An entry that isn't an address
 * ends the walk at the last good hop, which is the socket if there is none.
 */
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

/** Compiles the proxies that TRUST_PROXY lists, addresses or CIDR ranges, into a check. Throws on any other text. */
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

/** The parts of Node's IncomingMessage that `normalizeForwardedFor` uses. */
type RawRequest = {
  headers: Record<string, string | string[] | undefined>;
  socket: { remoteAddress?: string | undefined };
};

/**
 * Replaces X-Forwarded-For by the one address that `findClientAddress` returns, so that Fastify's `request.ip`
 * and everything behind it sees a parsed address.
 *
 * Wiring: Fastify 5 refuses to decorate `request.ip`, and its `trustProxy` function can only judge an entry, not
 * rewrite it. `rewriteUrl` is the first code that runs for every request (also for `inject` and for each
 * listening socket), so call this there and leave `trustProxy: config.trustProxy` as it is. Without TRUST_PROXY,
 * Fastify ignores the header and no call is needed.
 */
export function normalizeForwardedFor({ headers, socket }: RawRequest, isTrusted: TrustCheck): void {
  const forwardedFor = headers['x-forwarded-for'];
  if (forwardedFor === undefined) return;
  const socketAddress = socket.remoteAddress ?? '';
  const client = findClientAddress(socketAddress, forwardedFor, isTrusted);
  if (client === (parseForwardedAddress(socketAddress) ?? socketAddress)) delete headers['x-forwarded-for'];
  else headers['x-forwarded-for'] = client;
}
