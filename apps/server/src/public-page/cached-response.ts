import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Bytes that are sent as they are, with all of their headers as node takes them: name, value, name, value. */
export type CachedResponse = { etag: string; body: Buffer; headers: string[]; bodyHeaders: string[] };

/** Makes an entity whose ETag is the hash of its bytes. */
export function createCachedResponse(
  content: string | Uint8Array,
  type: string,
  headers: Record<string, string>,
): CachedResponse {
  const body = Buffer.from(content as Uint8Array);
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  return {
    etag,
    body,
    headers: [...Object.entries(headers).flat(), 'etag', etag],
    bodyHeaders: ['content-type', type, 'content-length', String(body.length)],
  };
}

/** Whether a client has the entity already. Caches on the way may have made its tag a weak one. */
const isKnown = (given: string | undefined, etag: string): boolean =>
  given !== undefined &&
  (given === etag ||
    given.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag));

/**
 * Answers with an entity, or with 304 where the client has it. Goes past Fastify's reply, whose headers and
 * hooks cost more than all else that the answer of a cached page needs.
 */
export function sendCachedResponse(
  request: FastifyRequest,
  reply: FastifyReply,
  entity: CachedResponse,
  more: string[],
): void {
  const { headers, bodyHeaders, body, etag } = entity;
  const always = [...headers, ...more, 'x-request-id', request.id];
  reply.hijack();
  if (isKnown(request.headers['if-none-match'], etag)) reply.raw.writeHead(304, always).end();
  else reply.raw.writeHead(200, [...always, ...bodyHeaders]).end(body);
}
