import { isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { KeyedHasher } from '../crypto/crypto.ts';

/** Returns one spelling per client: IPv4 also if mapped, and the /64 of IPv6, since a subscriber owns all of it. */
export function canonicalizeAddress(address: string): string {
  if (isIPv4(address) || !ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (parsed instanceof ipaddr.IPv4) return parsed.toString();
  const network = parsed.parts.slice(0, 4).map((part) => part.toString(16));
  return `${network.join(':')}::/64`;
}

/** The /24 of IPv4 or the /48 of IPv6: what one provider gives to neighbours, within which clients wander. */
export function toWideNetwork(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (parsed instanceof ipaddr.IPv4) return `${parsed.octets.slice(0, 3).join('.')}.0/24`;
  return `${parsed.parts
    .slice(0, 3)
    .map((part) => part.toString(16))
    .join(':')}::/48`;
}

/** Undefined for loopback, private and other special addresses, which many clients share. */
export function toPublicNetwork(address: string): string | undefined {
  if (!ipaddr.isValid(address)) return undefined;
  return ipaddr.process(address).range() === 'unicast' ? canonicalizeAddress(address) : undefined;
}

export function hashClientNetwork(request: { ip: string; keyedHash: KeyedHasher }): Buffer | null {
  const network = toPublicNetwork(request.ip);
  return network === undefined ? null : request.keyedHash('network', network);
}
