import ipaddr from 'ipaddr.js';
import type { Config } from '../config/config.ts';
import { isInNetwork, type Network } from '../config/networks.ts';
import { isLoopbackHost } from '../http/loopback.ts';
import type { HostResolver } from './resolver.ts';

/** Where a request may go. It must connect to one of `addresses`, and never resolve the name again. */
export type Destination = { url: URL; addresses: string[] };
export type Refusal = { refusal: string };

export type EgressPolicy = {
  config: Pick<Config, 'production' | 'webhookPorts' | 'webhookNetworks'>;
  resolveHost: HostResolver;
};

const LOOPBACK_ADDRESSES = ['127.0.0.1', '::1'];
const DEFAULT_PORTS: Record<string, number> = { 'https:': 443, 'http:': 80 };
const GLOBAL_UNICAST_V6: Network = [ipaddr.IPv6.parse('2000::'), 3];
/** The same for unknown names and private addresses, so that nobody can search an internal network. */
const NOT_PUBLIC = 'The host must have public addresses only';

const parseAddress = (text: string) => ipaddr.parse(text.replace(/^\[|\]$/g, ''));
const isAddress = (host: string): boolean => ipaddr.isValid(host.replace(/^\[|\]$/g, ''));

/** Everything else is refused: private, link-local, mapped, translated (NAT64, 6to4, Teredo) and reserved addresses. */
function isPublicUnicast(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  if (address.range() !== 'unicast') return false;
  return address.kind() === 'ipv4' || isInNetwork(address, GLOBAL_UNICAST_V6);
}

function isAllowedAddress(text: string, networks: Network[]): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.parse(text);
  return isPublicUnicast(address) || networks.some((network) => isInNetwork(address, network));
}

function findUrlRefusal(url: URL, ports: ReadonlySet<number>): string | undefined {
  if (url.protocol !== 'https:') return 'Use https';
  const port = url.port === '' ? (DEFAULT_PORTS[url.protocol] ?? 0) : Number(url.port);
  if (!ports.has(port)) return `Use one of the ports ${[...ports].join(', ')}`;
  return undefined;
}

/** Plain HTTP to this machine, which developers need and production refuses. */
const isLocalDevelopment = (url: URL, production: boolean): boolean =>
  !production && url.protocol === 'http:' && isLoopbackHost(url.hostname);

const readLoopbackAddresses = ({ hostname }: URL): string[] =>
  isAddress(hostname) ? [parseAddress(hostname).toString()] : LOOPBACK_ADDRESSES;

/** Judges the URL and every address of its host. `text` is a valid URL. */
export async function checkDestination(policy: EgressPolicy, text: string): Promise<Destination | Refusal> {
  const url = new URL(text);
  const { production, webhookPorts, webhookNetworks } = policy.config;
  if (url.username || url.password) return { refusal: 'Remove the username and password from the URL' };
  if (isLocalDevelopment(url, production)) return { url, addresses: readLoopbackAddresses(url) };
  const refusal = findUrlRefusal(url, webhookPorts);
  if (refusal !== undefined) return { refusal };
  const addresses = isAddress(url.hostname)
    ? [parseAddress(url.hostname).toString()]
    : await policy.resolveHost(url.hostname);
  const isAllowed =
    addresses.length > 0 && addresses.every((address) => isAllowedAddress(address, webhookNetworks));
  return isAllowed ? { url, addresses } : { refusal: NOT_PUBLIC };
}
