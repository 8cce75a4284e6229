import { REFRESH_TOKEN_HEADER } from './cookies/session-cookies.ts';
import type { Config } from '@linkgrove/api';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { buildSecurityHeaders } from './headers.ts';

export const EXPOSED_HEADERS = [
  'X-Request-Id',
  'Retry-After',
  'RateLimit',
  'RateLimit-Policy',
  'ETag',
  REFRESH_TOKEN_HEADER,
];

type Headers = Record<string, string>;
type Send = (request: FastifyRequest, reply: FastifyReply, status: number, body: string | undefined) => void;

export type Answers = {
  /** Headers of every answer of the API, without its request ID. */
  commonHeaders: (request: FastifyRequest) => Headers;
  /** `headers` of the kind of answer replace common ones. */
  createSender: (headers: Headers) => Send;
};

const toList = (headers: object): string[] =>
  Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().flatMap((single) => [name, String(single)]),
  );

/** Computes once what all answers to the same origin have in common. Only trusted origins may read them (CORS). */
export function createAnswers(server: FastifyInstance, config: Config): Answers {
  const withoutOrigin: Headers = {
    ...buildSecurityHeaders(config),
    vary: 'Origin',
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': EXPOSED_HEADERS.join(', '),
  };
  const byOrigin = <T>(build: (common: Headers) => T): ((request: FastifyRequest) => T) => {
    const others = build(withoutOrigin);
    const trusted = new Map(
      config.corsOrigins.map((origin) => [
        origin,
        build({ ...withoutOrigin, 'access-control-allow-origin': origin }),
      ]),
    );
    return ({ headers: { origin } }) => (origin === undefined ? others : (trusted.get(origin) ?? others));
  };
  let closing: string[] = [];
  server.addHook('preClose', async () => {
    closing = ['connection', 'close'];
  });
  return {
    commonHeaders: byOrigin((common) => common),
    createSender: (headers) => {
      const findList = byOrigin((common) => toList({ ...common, ...headers }));
      // Bypasses Fastify's reply, whose headers and hooks cost more than most answers; head and body are one write.
      return (request, reply, status, body) => {
        const list = [...findList(request), 'x-request-id', request.id, ...closing];
        const own = reply.getHeaders();
        for (const name in own) {
          const value = own[name];
          if (typeof value === 'string') list.push(name, value);
          else if (value !== undefined) list.push(...toList({ [name]: value }));
        }
        if (body !== undefined) list.push('content-length', String(Buffer.byteLength(body)));
        // If the head cannot be written, this throws, and the error handler still answers.
        reply.raw.writeHead(status, list);
        reply.hijack();
        reply.raw.end(body);
        request.server.requestLog.write(request, status);
      };
    },
  };
}

declare module 'fastify' {
  // oxlint-disable-next-line typescript/consistent-type-definitions -- only interfaces merge
  interface FastifyInstance {
    answers: Answers;
  }
}
