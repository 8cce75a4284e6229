import type { FastifyReply, FastifyRequest } from 'fastify';
import { createContentEtag, isEtagGiven } from '../etags.ts';

export type CachedResponse = {
  etag: string;
  body: Uint8Array;
  headers: string[];
  /** `headers` and those that describe the body. */
  fullHeaders: string[];
};

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
