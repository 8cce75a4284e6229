/** Where Redis is: one server, the Sentinels that know the master of a name, or some nodes of a Cluster. */
export type RedisAddress = {
  kind: 'single' | 'sentinel' | 'cluster';
  /** The servers named, in order; one of them for a single server. */
  nodes: { host: string; port: number }[];
  tls: boolean;
  username?: string;
  password?: string;
  /** Number of the database; a Cluster has only 0. */
  db: number;
  /** What the Sentinels call the master, and what they themselves ask for. */
  masterName?: string;
  sentinelUsername?: string;
  sentinelPassword?: string;
};

const FORM =
  /^redis(?<tls>s?)(?:\+(?<kind>sentinel|cluster))?:\/\/(?:(?<username>[^:@/?#\s]*)(?::(?<password>[^@/?#\s]*))?@)?(?<hosts>[^@/?#\s]+)(?:\/(?<path>[^?#\s]*))?(?:\?(?<query>[^#\s]*))?$/;
const DATABASE = /^(?:0|[1-9]\d{0,3})?$/;
const SENTINEL_PATH = /^(?<masterName>[\w.:-]+)(?:\/(?<db>\d{1,4}))?$/;
const SENTINEL_PARAMETERS = ['sentinelUsername', 'sentinelPassword'];

/** `host`, `host:port` or `[::1]:port`; null if it is none of them. */
function readNode(text: string, defaultPort: number): { host: string; port: number } | null {
  if (!URL.canParse(`redis://${text}`)) return null;
  const { hostname, port, pathname } = new URL(`redis://${text}`);
  if (!hostname || pathname) return null;
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port ? Number(port) : defaultPort };
}

type Place = Pick<RedisAddress, 'db' | 'masterName'>;

/** What stands after the hosts: a database, or the master's name and a database; null if neither. */
function readPath(kind: RedisAddress['kind'], path: string): Place | null {
  if (kind === 'cluster') return path === '' || path === '0' ? { db: 0 } : null;
  if (kind === 'single') return DATABASE.test(path) ? { db: Number(path) } : null;
  const { masterName, db } = SENTINEL_PATH.exec(path)?.groups ?? {};
  return masterName ? { masterName, db: Number(db ?? 0) } : null;
}

/** The parameters of a URL if it has none but the `allowed` ones, else null. */
function readQuery(query: string, allowed: string[]): Record<string, string> | null {
  const entries = [...new URLSearchParams(query)];
  return entries.every(([name]) => allowed.includes(name)) ? Object.fromEntries(entries) : null;
}

const decode = (text: string | undefined): string | undefined =>
  text ? decodeURIComponent(text) : undefined;

function read(text: string): RedisAddress | null {
  const {
    tls,
    kind = 'single',
    username,
    password,
    hosts = '',
    path = '',
    query = '',
  } = FORM.exec(text)?.groups ?? {};
  const form = kind as RedisAddress['kind'];
  const nodes = hosts.split(',').map((host) => readNode(host, form === 'sentinel' ? 26_379 : 6_379));
  const known = nodes.filter((node) => node !== null);
  const place = readPath(form, path);
  const parameters = readQuery(query, form === 'sentinel' ? SENTINEL_PARAMETERS : []);
  if (known.length < nodes.length || (form === 'single' && nodes.length > 1)) return null;
  if (!place || !parameters) return null;
  const credentials = Object.entries({ username: decode(username), password: decode(password) });
  return {
    kind: form,
    nodes: known,
    tls: tls === 's',
    ...Object.fromEntries(credentials.filter(([, value]) => value !== undefined)),
    ...place,
    ...parameters,
  };
}

/**
 * Reads a URL of Redis; null if it is none. `rediss` instead of `redis` is TLS in each of the forms
 * `redis://[user:password@]host[:port][/db]`,
 * `redis+sentinel://[user:password@]host[:port],…/master[/db][?sentinelPassword=…]` and
 * `redis+cluster://[user:password@]host[:port],…`.
 */
export function parseRedisUrl(text: string): RedisAddress | null {
  try {
    return read(text);
  } catch {
    // Percent signs that encode nothing.
    return null;
  }
}
