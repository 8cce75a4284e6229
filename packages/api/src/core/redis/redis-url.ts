/** Address of Redis: one server, Sentinels with a master name, or nodes of a Cluster. */
export type RedisAddress = {
  kind: 'single' | 'sentinel' | 'cluster';
  /** The servers in the URL, in order. */
  nodes: { host: string; port: number }[];
  tls: boolean;
  username?: string;
  password?: string;
  /** Database number; always 0 in a Cluster. */
  db: number;
  /** Sentinel only. */
  masterName?: string;
  sentinelUsername?: string;
  sentinelPassword?: string;
};

const FORM =
  /^redis(?<tls>s?)(?:\+(?<kind>sentinel|cluster))?:\/\/(?:(?<username>[^:@/?#\s]*)(?::(?<password>[^@/?#\s]*))?@)?(?<hosts>[^@/?#\s]+)(?:\/(?<path>[^?#\s]*))?(?:\?(?<query>[^#\s]*))?$/;
const DATABASE = /^(?:0|[1-9]\d{0,3})?$/;
const SENTINEL_PATH = /^(?<masterName>[\w.:-]+)(?:\/(?<db>\d{1,4}))?$/;
const SENTINEL_PARAMETERS = ['sentinelUsername', 'sentinelPassword'];

/** Parses `host`, `host:port` or `[::1]:port`; null for any other text. */
function parseNode(text: string, defaultPort: number): { host: string; port: number } | null {
  if (!URL.canParse(`redis://${text}`)) return null;
  const { hostname, port, pathname } = new URL(`redis://${text}`);
  if (!hostname || pathname) return null;
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port ? Number(port) : defaultPort };
}

type RedisPath = Pick<RedisAddress, 'db' | 'masterName'>;

/** Parses the path: a database, or a master name and a database; null for any other text. */
function parsePath(kind: RedisAddress['kind'], path: string): RedisPath | null {
  if (kind === 'cluster') return path === '' || path === '0' ? { db: 0 } : null;
  if (kind === 'single') return DATABASE.test(path) ? { db: Number(path) } : null;
  const { masterName, db } = SENTINEL_PATH.exec(path)?.groups ?? {};
  return masterName ? { masterName, db: Number(db ?? 0) } : null;
}

/** Parses the query; null if it has parameters other than the `allowed` ones. */
function parseQuery(query: string, allowed: string[]): Record<string, string> | null {
  const entries = [...new URLSearchParams(query)];
  return entries.every(([name]) => allowed.includes(name)) ? Object.fromEntries(entries) : null;
}

const decodePart = (text: string | undefined): string | undefined =>
  text ? decodeURIComponent(text) : undefined;

function parseAddress(text: string): RedisAddress | null {
  const { tls, kind, username, password, hosts = '', path = '', query = '' } = FORM.exec(text)?.groups ?? {};
  const form = kind === 'sentinel' || kind === 'cluster' ? kind : 'single';
  const nodes = hosts.split(',').map((host) => parseNode(host, form === 'sentinel' ? 26_379 : 6_379));
  const validNodes = nodes.filter((node) => node !== null);
  const parsedPath = parsePath(form, path);
  const parameters = parseQuery(query, form === 'sentinel' ? SENTINEL_PARAMETERS : []);
  if (validNodes.length < nodes.length || (form === 'single' && nodes.length > 1)) return null;
  if (!parsedPath || !parameters) return null;
  const credentials = Object.entries({ username: decodePart(username), password: decodePart(password) });
  return {
    kind: form,
    nodes: validNodes,
    tls: tls === 's',
    ...Object.fromEntries(credentials.filter(([, value]) => value !== undefined)),
    ...parsedPath,
    ...parameters,
  };
}

/**
 * Parses a Redis URL; null for any other text. With `rediss` instead of `redis` it uses TLS. The forms are
 * `redis://[user:password@]host[:port][/db]`,
 * `redis+sentinel://[user:password@]host[:port],…/master[/db][?sentinelPassword=…]` and
 * `redis+cluster://[user:password@]host[:port],…`.
 */
export function parseRedisUrl(text: string): RedisAddress | null {
  try {
    return parseAddress(text);
  } catch {
    // An invalid percent encoding.
    return null;
  }
}
