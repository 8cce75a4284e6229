import { isUtf8 } from 'node:buffer';
import { AppError, findCharset } from '@linkgrove/api';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';

const MAX_DEPTH = 64;

const createUnreadableError = (detail: string) => new AppError('VALIDATION_FAILED', detail);
const createUnsupportedError = () =>
  new AppError('UNSUPPORTED_MEDIA_TYPE', 'Send JSON in UTF-8, with the content type application/json');

/** Whether brackets nest deeper than in any legitimate body. Deep nesting overflows the stack of later readers. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (inString) {
      if (character === '\\') i++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{' || character === '[') {
      if (++depth > MAX_DEPTH) return true;
    } else if (character === '}' || character === ']') depth--;
  }
  return false;
}

// RFC 8259, 8.1: parsers may ignore it instead of treating it as an error.
const BYTE_ORDER_MARK = /^\uFEFF/;

/** Decodes a JSON body and checks that it is safe to parse; null for an empty body. Throws `VALIDATION_FAILED`. */
export function readJsonText(body: Buffer): string | null {
  if (!isUtf8(body)) throw createUnreadableError('The body is not UTF-8');
  const text = body.toString('utf8').replace(BYTE_ORDER_MARK, '');
  if (text === '') return null;
  if (isTooDeep(text)) throw createUnreadableError(`The body nests deeper than ${MAX_DEPTH} levels`);
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

const MAX_SHOWN_ENCODING = 64;

/** Throws `UNSUPPORTED_MEDIA_TYPE` for a compressed body; RFC 9110, 12.5.3 asks to name what is accepted instead. */
function requirePlainBody({ headers }: FastifyRequest, reply: FastifyReply): void {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'identity' || encoding === '') return;
  reply.header('accept-encoding', 'identity');
  const shown = encoding.slice(0, MAX_SHOWN_ENCODING);
  throw new AppError(
    'UNSUPPORTED_MEDIA_TYPE',
    `The content encoding ${shown} is not supported; send the body uncompressed`,
  );
}

/** Whether a content type names another charset than UTF-8. */
const isForeignCharset = (contentType: string): boolean =>
  !['utf-8', 'utf8'].includes(findCharset(contentType) ?? 'utf-8');

/** Makes `read` the only body parser. Bodies without a content type count as JSON; other types are rejected. */
export function useBodyReader(server: FastifyInstance, read: (body: Buffer) => unknown): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) => {
      if (isForeignCharset(request.headers['content-type'] ?? '')) throw createUnsupportedError();
      return read(body);
    },
  );
  server.addContentTypeParser('*', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
    if (request.headers['content-type'] !== undefined) throw createUnsupportedError();
    return read(body);
  });
}

/** Parses bodies as JSON; an empty body is undefined. Compressed bodies are refused before they are read. */
export const jsonPlugin = fp(async (server) => {
  server.addHook('preParsing', async (request, reply) => requirePlainBody(request, reply));
  useBodyReader(server, (body) => {
    const text = readJsonText(body);
    return text === null ? undefined : parseJsonBody(text);
  });
});
