import { readFile, stat } from 'node:fs/promises';
import type { CityResponse } from 'mmdb-lib';
import type { AppCtx } from '../../../core/context.ts';
import type { Logger } from '../../../core/observability/logger.ts';
import { parseCountry } from '../../../core/text/origin.ts';

export type Place = { country: string | null; region: string | null };
export type PlaceReader = (ip: string) => Place;

const RELOAD_CHECK_MS = 60_000;
const NOWHERE: Place = { country: null, region: null };
const MAX_REGION_LENGTH = 10;

/** Files of MaxMind's form, and flat ones with `country_code`. */
function toPlace(record: CityResponse | null): Place {
  const flat: unknown = record && 'country_code' in record ? record.country_code : undefined;
  const code = record?.country?.iso_code ?? record?.registered_country?.iso_code ?? flat;
  const country = typeof code === 'string' ? (parseCountry(code) ?? null) : null;
  const region = record?.subdivisions?.[0]?.iso_code;
  const isRegion = country !== null && typeof region === 'string' && region.length <= MAX_REGION_LENGTH;
  return { country, region: isRegion ? `${country}-${region}` : null };
}

/** Reads an MMDB file of the operator, again when it changes. A file that cannot be read leaves the last one in use. */
export function createGeoReader(
  file: string,
  logger: Pick<Logger, 'warn' | 'info'>,
): () => Promise<PlaceReader> {
  let find: PlaceReader = () => NOWHERE;
  let loaded = '';
  let checkAt = 0;
  const load = async () => {
    const { mtimeMs, size } = await stat(file);
    const version = `${mtimeMs} ${size}`;
    if (version === loaded) return;
    const { Reader } = await import('mmdb-lib');
    const reader = new Reader<CityResponse>(await readFile(file));
    loaded = version;
    logger.info({ built: reader.metadata.buildEpoch }, 'GEOIP_FILE loaded');
    find = (ip) => {
      try {
        return toPlace(reader.get(ip));
      } catch {
        // Addresses with a zone, and IPv6 in a file of IPv4.
        return NOWHERE;
      }
    };
  };
  return async () => {
    if (Date.now() >= checkAt) {
      checkAt = Date.now() + RELOAD_CHECK_MS;
      await load().catch((error: unknown) => logger.warn({ err: error }, 'GEOIP_FILE cannot be read'));
    }
    return find;
  };
}

const readers = new WeakMap<AppCtx['config'], () => Promise<PlaceReader>>();

/** One for all parts of the server, as files of places are large. Undefined without `GEOIP_FILE`. */
export function openGeoReader({
  config,
  logger,
}: Pick<AppCtx, 'config' | 'logger'>): (() => Promise<PlaceReader>) | undefined {
  if (config.geoipFile === undefined) return undefined;
  const known = readers.get(config) ?? createGeoReader(config.geoipFile, logger);
  readers.set(config, known);
  return known;
}

/** As analytics see it: from the header of a trusted proxy, or else from the file. Null if neither knows. */
export async function findCountry(
  ctx: Pick<AppCtx, 'config' | 'logger'> & { ip: string; country: string | undefined },
): Promise<string | null> {
  if (ctx.country !== undefined) return ctx.country;
  const loadPlaces = openGeoReader(ctx);
  return loadPlaces ? (await loadPlaces())(ctx.ip).country : null;
}
