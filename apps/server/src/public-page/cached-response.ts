import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

export type CachedResponse = {
  etag: string;
  body: Uint8Array;
  headers: string[];
  /** `headers` and those that describe the body. */
  fullHeaders: string[];
};

export const createContentEtag = (body: string | Uint8Array): string =>
  `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;

export function createCachedResponse(
  content: string | Uint8Array,
  type: string,
  headers: Record<string, string>,
): CachedResponse {
  const body = typeof content === 'string' ? Buffer.from(content) : content;
  const etag = createContentEtag(body);
  const list = [...Object.entries(headers).flat(), 'etag', etag];
  const fullHeaders = [...list, 'content-type', type, 'content-length', String(body.length)];
  return { etag, body, headers: list, fullHeaders };
}

/** Proxies may have made the ETag a weak one. */
export const isEtagGiven = (given: string | undefined, etag: string): boolean =>
  given !== undefined &&
  (given === etag ||
    given.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag));

/** Bypasses Fastify's reply, whose headers and hooks cost more than everything else that a cached page needs. */
export function sendCachedResponse(
  request: FastifyRequest,
  reply: FastifyReply,
  response: CachedResponse,
  extraHeaders: string[],
): void {
  const { headers, fullHeaders, body, etag } = response;
  const isKnown = isEtagGiven(request.headers['if-none-match'], etag);
  const own = isKnown ? headers : fullHeaders;
  // If the head cannot be written, this throws, and the error handler still answers.
  reply.raw.writeHead(isKnown ? 304 : 200, [...own, ...extraHeaders, 'x-request-id', request.id]);
  reply.hijack();
  if (isKnown) reply.raw.end();
  else reply.raw.end(body);
}
