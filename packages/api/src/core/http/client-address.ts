import ipaddr from 'ipaddr.js';
import type { KeyedHasher } from '../crypto/crypto.ts';

/**
 * One spelling for one client: IPv4 also where it comes wrapped in IPv6, and IPv6 by its /64, since a
 * subscriber owns all of that. What is no address is returned as it is.
 */
export function canonicalizeAddress(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  const network = (parsed as ipaddr.IPv6).parts.slice(0, 4).map((part) => part.toString(16));
  return `${network.join(':')}::/64`;
}

/**
 * The network that an address on the public internet belongs to, as `canonicalizeAddress` spells it; undefined
 * for loopback, private and other special addresses, which many share and which tell nobody apart.
 */
export function toPublicNetwork(address: string): string | undefined {
  if (!ipaddr.isValid(address)) return undefined;
  return ipaddr.process(address).range() === 'unicast' ? canonicalizeAddress(address) : undefined;
}

/** The keyed hash of the network that a request comes from; null where that tells nobody apart. */
export function hashClientNetwork(request: { ip: string; fingerprint: KeyedHasher }): Buffer | null {
  const network = toPublicNetwork(request.ip);
  return network === undefined ? null : request.fingerprint('network', network);
}
