import { Resolver } from 'node:dns/promises';

/** `null`: DNS could not be asked, which says nothing about the name. */
export type DnsAnswer = string[] | null;

export type DnsClient = {
  /** The text of each record. */
  findTexts: (name: string) => Promise<DnsAnswer>;
  /** IPv4 and IPv6, through CNAMEs. */
  findAddresses: (name: string) => Promise<DnsAnswer>;
};

const ANSWER_MS = 3_000;
const TRIES = 2;
/** The name or the type of record does not exist, which is an answer. */
const NOTHING = new Set(['ENOTFOUND', 'ENODATA']);

async function askDns<T>(question: Promise<T[]>): Promise<T[] | null> {
  try {
    return await question;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    return NOTHING.has(code) ? [] : null;
  }
}

/** Asks the given servers, or those of the system. Keeps off the thread pool, as `getaddrinfo` does not. */
export function createDnsClient(servers: string[]): DnsClient {
  const resolver = new Resolver({ timeout: ANSWER_MS, tries: TRIES });
  if (servers.length > 0) resolver.setServers(servers);
  return {
    findTexts: async (name) =>
      (await askDns(resolver.resolveTxt(name)))?.map((parts) => parts.join('')) ?? null,
    findAddresses: async (name) => {
      const [v4, v6] = await Promise.all([askDns(resolver.resolve4(name)), askDns(resolver.resolve6(name))]);
      // One family is enough to judge by, as many names have only one.
      if (v4 === null && v6 === null) return null;
      if ((v4 === null || v6 === null) && (v4 ?? v6)?.length === 0) return null;
      return [...(v4 ?? []), ...(v6 ?? [])];
    },
  };
}
