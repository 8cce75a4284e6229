import ipaddr from 'ipaddr.js';

export type Network = [address: ipaddr.IPv4 | ipaddr.IPv6, prefix: number];

export const isNetwork = (text: string): boolean => ipaddr.isValidCIDR(text);

/** Throws unless `isNetwork`. */
export const parseNetwork = (text: string): Network => ipaddr.parseCIDR(text);

export const isInNetwork = (address: ipaddr.IPv4 | ipaddr.IPv6, [network, prefix]: Network): boolean =>
  address.kind() === network.kind() && address.match(network, prefix);
