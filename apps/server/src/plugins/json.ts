import { isUtf8 } from 'node:buffer';
import { AppError } from '@linkgrove/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
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

/** Decodes a JSON body and checks that it is safe to parse; null for an empty body. Throws `VALIDATION_FAILED`. */
export function readJsonText(body: Buffer): string | null {
  if (body.length === 0) return null;
  if (!isUtf8(body)) throw createUnreadableError('The body is not UTF-8');
  const text = body.toString('utf8');
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

const FOREIGN_CHARSET = /charset\s*=\s*"?(?!utf-?8\b)/i;

/** Makes `read` the only body parser. Bodies without a content type count as JSON; other types are rejected. */
export function useBodyReader(server: FastifyInstance, read: (body: Buffer) => unknown): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) => {
      if (FOREIGN_CHARSET.test(request.headers['content-type'] ?? '')) throw createUnsupportedError();
      return read(body);
    },
  );
  server.addContentTypeParser('*', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
    if (request.headers['content-type'] !== undefined) throw createUnsupportedError();
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
