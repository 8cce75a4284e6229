import type { FastifyRequest } from 'fastify';

export type CorsHeaders = { headers: Record<string, string>; list: string[] };
const toCorsHeaders = (headers: Record<string, string>): CorsHeaders => ({
  headers,
  list: Object.entries(headers).flat(),
});

/** Scripts of any origin may read the JSON; only the configured origins may send cookies. */
export function createCors(origins: string[]): (request: FastifyRequest) => CorsHeaders {
  const anyOrigin = toCorsHeaders({ 'access-control-allow-origin': '*' });
  const trustedOrigins = new Map(
    origins.map((origin) => [
      origin,
      toCorsHeaders({ 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true' }),
    ]),
  );
  return ({ headers }) => trustedOrigins.get(headers.origin ?? '') ?? anyOrigin;
}
