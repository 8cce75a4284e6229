import { isUtf8 } from 'node:buffer';
import {
  type App,
  AppError,
  BODY_LIMITS,
  canonicalizeAddress,
  findCharset,
  findJsonExcess,
} from '@linkgrove/api';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import type { SessionCookies } from '../cookies/session-cookies.ts';

/** Larger bodies count against a budget before they are parsed, unless the caller shows a token that we signed. */
const LARGE_BODY_BYTES = 64 * 1_024;

const createUnreadableError = (detail: string) => new AppError('VALIDATION_FAILED', detail);
const createExcessError = (message: string) =>
  new AppError('VALIDATION_FAILED', message, { errors: [{ path: '', message, code: 'too_big' }] });
const createUnsupportedError = () =>
  new AppError('UNSUPPORTED_MEDIA_TYPE', 'Send JSON in UTF-8, with the content type application/json');

// RFC 8259, 8.1: parsers may ignore it instead of treating it as an error.
const BYTE_ORDER_MARK = /^\uFEFF/;

/** Null for an empty body. Throws `VALIDATION_FAILED`. */
export function readJsonText(body: Buffer): string | null {
  if (!isUtf8(body)) throw createUnreadableError('The body is not UTF-8');
  const text = body.toString('utf8').replace(BYTE_ORDER_MARK, '');
  if (text === '') return null;
  const excess = findJsonExcess(text, BODY_LIMITS);
  if (excess !== undefined) throw createExcessError(`The body ${excess}`);
  return text;
}

/** Schemas reject `__proto__` and the like as unknown members. Throws `VALIDATION_FAILED`. */
export function parseJsonBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw createUnreadableError('The body is not valid JSON');
  }
}

export type BodyGuard = (request: FastifyRequest, body: Buffer, isPublic: boolean) => Promise<void>;

export function createBodyGuard({ limiter, accessTokens }: App, { read }: SessionCookies): BodyGuard {
  // Whether the session has ended is not asked: that could cost a query per body.
  const hasValidToken = async (request: FastifyRequest) => {
    const { accessToken } = read(request);
    return accessToken !== undefined && typeof (await accessTokens.verify(accessToken)) === 'object';
  };
  return async (request, body, isPublic) => {
    if (body.length <= LARGE_BODY_BYTES) return;
    const isOpen = isPublic || request.routeOptions.config.isPublic;
    if (isOpen || !(await hasValidToken(request)))
      await limiter.consume('largeBodies', canonicalizeAddress(request.ip));
  };
}

const MAX_SHOWN_ENCODING = 64;

/** RFC 9110, 12.5.3 asks to name the accepted encodings. */
function requirePlainBody({ headers }: FastifyRequest, reply: FastifyReply): void {
  if (headers['content-encoding'] === undefined) return;
  const encoding = headers['content-encoding'].trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return;
  reply.header('accept-encoding', 'identity');
  const shown = encoding.slice(0, MAX_SHOWN_ENCODING);
  throw new AppError(
    'UNSUPPORTED_MEDIA_TYPE',
    `The content encoding ${shown} is not supported; send the body uncompressed`,
  );
}

const isForeignCharset = (contentType: string): boolean =>
  !['utf-8', 'utf8'].includes(findCharset(contentType) ?? 'utf-8');

declare module 'fastify' {
  // oxlint-disable-next-line typescript/consistent-type-definitions -- only an interface can be merged
  interface FastifyContextConfig {
    isPublic?: boolean;
  }
}

type BodyReader = {
  guard: BodyGuard;
  read: (body: Buffer) => unknown;
  isPublic?: (request: FastifyRequest) => boolean;
};

/** Bodies without a content type count as JSON; other types are rejected. */
export function useBodyReader(
  server: FastifyInstance,
  { guard, read, isPublic = () => false }: BodyReader,
): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) => {
      if (isForeignCharset(request.headers['content-type'] ?? '')) throw createUnsupportedError();
      await guard(request, body, isPublic(request));
      return read(body);
    },
  );
  server.addContentTypeParser('*', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
    if (request.headers['content-type'] !== undefined) throw createUnsupportedError();
    await guard(request, body, isPublic(request));
    return read(body);
  });
}

/** An empty body is undefined. Compressed bodies are refused before they are read. */
export const jsonPlugin = fp<{ guard: BodyGuard }>(async (server, { guard }) => {
  server.addHook('onRequest', (request, reply, done) => {
    requirePlainBody(request, reply);
    done();
  });
  useBodyReader(server, {
    guard,
    read: (body) => {
      const text = readJsonText(body);
      return text === null ? undefined : parseJsonBody(text);
    },
  });
});
