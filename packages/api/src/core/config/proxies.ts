import ipaddr from 'ipaddr.js';

/** Shortest prefixes that one operator's network has; shorter ones are parts of the whole internet. */
const SHORTEST_PREFIX = { ipv4: 8, ipv6: 16 };
const IPV4_IN_IPV6_BITS = 96;
const LOCAL_IPV6_RANGES = new Set(['uniqueLocal', 'linkLocal']);

function parseRange(cidr: string) {
  const [address, prefix] = ipaddr.parseCIDR(cidr);
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress())
    return { kind: 'ipv4' as const, address, prefix: prefix - IPV4_IN_IPV6_BITS };
  return { kind: address.kind(), address, prefix };
}

export function isProxy(text: string): boolean {
  const [address = '', , ...rest] = text.split('/');
  const isAddress = ipaddr.IPv4.isValidFourPartDecimal(address) || ipaddr.IPv6.isValid(address);
  if (!isAddress || rest.length > 0) return false;
  return !text.includes('/') || (ipaddr.isValidCIDR(text) && parseRange(text).prefix > 0);
}

export function isVeryWideProxy(text: string): boolean {
  if (!text.includes('/')) return false;
  const { kind, address, prefix } = parseRange(text);
  return prefix < SHORTEST_PREFIX[kind] && !LOCAL_IPV6_RANGES.has(address.range());
}
