import type { AppCtx } from '../../../core/context.ts';
import { findHostBucket } from '../policy.ts';
import * as queries from './queries.ts';

/** Handles of pages by host. */
type Bucket = Map<string, string>;

const HOSTNAME = /^[a-z0-9.-]{4,253}$/;
const ADDRESS = /^[\d.]+$/;

/** False for the server's own hosts, addresses and what is no host name. */
export const canBeDomain = ({ config }: AppCtx, host: string): boolean =>
  !config.ownHosts.includes(host) && host.includes('.') && HOSTNAME.test(host) && !ADDRESS.test(host);

/**
 * The handle of the page that a host shows; undefined for hosts that are no active domain. Unknown hosts cost at most a
 * query per bucket and second, however many they are.
 */
export async function findHandleOfHost(ctx: AppCtx, host: string): Promise<string | undefined> {
  if (!canBeDomain(ctx, host)) return undefined;
  const bucket = findHostBucket(host);
  const hosts = await ctx.cache<Bucket>('domains').get(String(bucket), async () => {
    const rows = await queries.listHostRows(ctx.db, bucket);
    return new Map(rows.map(({ hostname, handle }) => [hostname, handle]));
  });
  return hosts.get(host);
}

/** Without waiting, of a host that can be a domain: `null` if it is none, `undefined` if it has to be looked up. */
export function peekHandleOfHost(ctx: AppCtx, host: string): string | null | undefined {
  const hosts = ctx.cache<Bucket>('domains').peek(String(findHostBucket(host)));
  return hosts && (hosts.get(host) ?? null);
}
