import { isUtf8 } from 'node:buffer';
import { AppError, BODY_LIMITS, findJsonExcess } from '@linkgrove/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';

const KIB = 1_024;
/** Bodies of callers who aren't signed in, and of procedures that need no session. */
const MAX_PUBLIC_BYTES = 128 * KIB;

const createUnreadableError = (detail: string) => new AppError('VALIDATION_FAILED', detail);
const createUnsupportedError = () =>
  new AppError('UNSUPPORTED_MEDIA_TYPE', 'Send JSON in UTF-8, with the content type application/json');

/** Decodes a JSON body and checks that it is safe to parse; null for an empty body. Throws `VALIDATION_FAILED`. */
export function readJsonText(body: Buffer): string | null {
  if (body.length === 0) return null;
  if (!isUtf8(body)) throw createUnreadableError('The body is not UTF-8');
  const text = body.toString('utf8');
  const excess = findJsonExcess(text, BODY_LIMITS);
  if (excess !== undefined) throw createUnreadableError(`The body ${excess}`);
  return text;
}

/** Parses a JSON body. Schemas reject `__proto__` and the like as unknown members. Throws `VALIDATION_FAILED`. */
export function parseJsonBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw createUnreadableError('The body is not valid JSON');
  }
}

/** Rejects a large body before it is parsed, unless the caller may be signed in and the procedure asks for it. */
function requireBodySize({ headers, routeOptions }: FastifyRequest, body: Buffer, isPublic: boolean): void {
  const isAnonymous = headers.authorization === undefined && headers.cookie === undefined;
  if (body.length <= MAX_PUBLIC_BYTES || !(isAnonymous || isPublic || routeOptions.config.isPublic)) return;
  throw new AppError('PAYLOAD_TOO_LARGE', `The body is larger than ${MAX_PUBLIC_BYTES / KIB} KiB`);
}

const FOREIGN_CHARSET = /charset\s*=\s*"?(?!utf-?8\b)/i;

declare module 'fastify' {
  // oxlint-disable-next-line typescript/consistent-type-definitions -- only an interface can be merged
  interface FastifyContextConfig {
    /** Whether the route serves callers who aren't signed in. */
    isPublic?: boolean;
  }
}

/**
 * Makes `read` the only body parser. Bodies without a content type count as JSON; other types are rejected. `isPublic`
 * tells requests that need no session apart, for routes whose config doesn't.
 */
export function useBodyReader(
  server: FastifyInstance,
  read: (body: Buffer) => unknown,
  isPublic: (request: FastifyRequest) => boolean = () => false,
): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) => {
      if (FOREIGN_CHARSET.test(request.headers['content-type'] ?? '')) throw createUnsupportedError();
      requireBodySize(request, body, isPublic(request));
      return read(body);
    },
  );
  server.addContentTypeParser('*', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
    if (request.headers['content-type'] !== undefined) throw createUnsupportedError();
    requireBodySize(request, body, isPublic(request));
    return read(body);
  });
}

/** Parses bodies as JSON; an empty body is undefined. */
export const jsonPlugin = fp(async (server) => {
  useBodyReader(server, (body) => {
    const text = readJsonText(body);
    return text === null ? undefined : parseJsonBody(text);
  });
});
