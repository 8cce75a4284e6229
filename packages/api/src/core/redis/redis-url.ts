export type RedisAddress = {
  kind: 'single' | 'sentinel' | 'cluster';
  nodes: { host: string; port: number }[];
  tls: boolean;
  username?: string;
  password?: string;
  db: number;
  masterName?: string;
  sentinelUsername?: string;
  sentinelPassword?: string;
};

const FORM =
  /^redis(?<tls>s?)(?:\+(?<kind>sentinel|cluster))?:\/\/(?:(?<username>[^:@/?#\s]*)(?::(?<password>[^@/?#\s]*))?@)?(?<hosts>[^@/?#\s]+)(?:\/(?<path>[^?#\s]*))?(?:\?(?<query>[^#\s]*))?$/;
const DATABASE = /^(?:0|[1-9]\d{0,3})?$/;
const SENTINEL_PATH = /^(?<masterName>[\w.:-]+)(?:\/(?<db>\d{1,4}))?$/;
const SENTINEL_PARAMETERS = ['sentinelUsername', 'sentinelPassword'];

function parseNode(text: string, defaultPort: number): { host: string; port: number } | null {
  if (!URL.canParse(`redis://${text}`)) return null;
  const { hostname, port, pathname } = new URL(`redis://${text}`);
  if (!hostname || pathname) return null;
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port ? Number(port) : defaultPort };
}

type RedisPath = Pick<RedisAddress, 'db' | 'masterName'>;

function parsePath(kind: RedisAddress['kind'], path: string): RedisPath | null {
  if (kind === 'cluster') return path === '' || path === '0' ? { db: 0 } : null;
  if (kind === 'single') return DATABASE.test(path) ? { db: Number(path) } : null;
  const { masterName, db } = SENTINEL_PATH.exec(path)?.groups ?? {};
  return masterName ? { masterName, db: Number(db ?? 0) } : null;
}

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

// `redis://…[/db]`, `redis+cluster://…,…` or `redis+sentinel://…,…/master[/db][?sentinelPassword=…]`; `rediss` for TLS.
export function parseRedisUrl(text: string): RedisAddress | null {
  try {
    return parseAddress(text);
  } catch {
    return null;
  }
}
