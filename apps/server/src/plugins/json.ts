import { isUtf8 } from 'node:buffer';
import { AppError } from '@linkgrove/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';

const MAX_DEPTH = 64;

const unreadable = (detail: string) => new AppError('VALIDATION_FAILED', detail);
const unsupported = () =>
  new AppError('UNSUPPORTED_MEDIA_TYPE', 'Send JSON in UTF-8, with the content type application/json');

/** Whether brackets nest deeper than any honest body does; deep nesting overflows the stack of what reads it. */
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

/** The text of a JSON body, once it is known to be safe to parse; null where there is no body. */
export function readJsonText(body: Buffer): string | null {
  if (body.length === 0) return null;
  if (!isUtf8(body)) throw unreadable('The body is not UTF-8');
  const text = body.toString('utf8');
  if (isTooDeep(text)) throw unreadable(`The body nests deeper than ${MAX_DEPTH} levels`);
  return text;
}

/** The value of a JSON text. Members that could reach a prototype are refused as unknown by every schema. */
export function parseJsonBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unreadable('The body is not valid JSON');
  }
}

const FOREIGN_CHARSET = /charset\s*=\s*"?(?!utf-?8\b)/i;

/** Makes `read` the only reader of bodies: for JSON, and for bodies that name no type, which we take for JSON. */
export function useBodyReader(server: FastifyInstance, read: (body: Buffer) => unknown): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) => {
      if (FOREIGN_CHARSET.test(request.headers['content-type'] ?? '')) throw unsupported();
      return read(body);
    },
  );
  server.addContentTypeParser('*', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
    if (request.headers['content-type'] !== undefined) throw unsupported();
    return read(body);
  });
}

/** Bodies are JSON; an empty one is none. */
export const jsonPlugin = fp(async (server) => {
  useBodyReader(server, (body) => {
    const text = readJsonText(body);
    return text === null ? undefined : parseJsonBody(text);
  });
});
