import { Resolver } from 'node:dns/promises';

/** Returns the IPv4 and IPv6 addresses of a name; none if it does not exist or DNS does not answer. */
export type HostResolver = (host: string) => Promise<string[]>;

const ANSWER_MS = 2_000;
const TRIES = 2;

/** Asks DNS itself: `getaddrinfo` would let slow names fill the thread pool that hashing needs. */
export function createHostResolver(): HostResolver {
  const resolver = new Resolver({ timeout: ANSWER_MS, tries: TRIES });
  return async (host) => {
    const answers = await Promise.all([
      resolver.resolve4(host).catch(() => []),
      resolver.resolve6(host).catch(() => []),
    ]);
    return answers.flat();
  };
}
