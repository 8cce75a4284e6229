import { AppError, type ErrorCode, type Problem, toRpcCode, toAppError, toProblem } from '@linkgrove/api';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';

const FROM_STATUS: Record<number, [ErrorCode, string]> = {
  400: ['VALIDATION_FAILED', 'The request could not be read'],
  404: ['NOT_FOUND', 'There is nothing at this address'],
  408: ['VALIDATION_FAILED', 'The request took too long to arrive'],
  413: ['PAYLOAD_TOO_LARGE', 'The body may have at most 1 MiB'],
  414: ['VALIDATION_FAILED', 'The address is too long'],
  415: ['UNSUPPORTED_MEDIA_TYPE', 'Send JSON, with the content type application/json'],
  431: ['VALIDATION_FAILED', 'The headers are too large'],
  503: ['UNAVAILABLE', 'The server is stopping. Try again shortly.'],
};

/** What a value thrown anywhere in a request stands for, Fastify's own errors included. */
function failureOf(thrown: unknown): AppError {
  const { statusCode, code } = thrown as Partial<FastifyError>;
  const known =
    typeof code === 'string' && code.startsWith('FST_') && statusCode ? FROM_STATUS[statusCode] : undefined;
  return known ? new AppError(...known, { cause: thrown }) : toAppError(thrown);
}

/** Logs what nobody expected, with its cause; the answer carries only the request's id. */
export function logFailure(request: FastifyRequest, error: AppError): void {
  if (error.status >= 500)
    request.log.error({ err: error.cause ?? error, code: error.code }, 'Request failed');
}

/** Headers that go with a refusal. */
export function buildRefusalHeaders(request: FastifyRequest, error: AppError): Record<string, string> {
  const headers: Record<string, string> = {};
  if (error.retryAfterSeconds) headers['retry-after'] = String(error.retryAfterSeconds);
  if (error.status === 401) {
    headers['www-authenticate'] = request.headers.authorization ? 'Bearer error="invalid_token"' : 'Bearer';
  }
  return headers;
}

function prepare(thrown: unknown, request: FastifyRequest, reply: FastifyReply): Problem {
  const error = failureOf(thrown);
  logFailure(request, error);
  reply.code(error.status).headers(buildRefusalHeaders(request, error));
  return toProblem(error, request.id);
}

/** Answers with problem details (RFC 9457). */
export function sendProblem(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = prepare(thrown, request, reply);
  return reply.type('application/problem+json; charset=utf-8').send(JSON.stringify(problem));
}

/** Answers as tRPC does: the same members under `error.data`. */
export function sendTrpcError(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = prepare(thrown, request, reply);
  const data = { ...problem, httpStatus: problem.status };
  return reply.send({ error: { message: problem.detail, code: toRpcCode(problem.status) ?? -32603, data } });
}

const KNOWN_METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const unknownMethod = () => new AppError('METHOD_NOT_ALLOWED', 'No address here has this method');

export const answerNotFound = (): AppError => new AppError('NOT_FOUND', 'There is nothing at this address');

/** Problem details for every failure of a route that has no handler of its own, and for unknown paths. */
export const errorsPlugin = fp(async (server) => {
  server.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));
  server.setNotFoundHandler((request, reply) =>
    sendProblem(KNOWN_METHODS.has(request.method) ? answerNotFound() : unknownMethod(), request, reply),
  );
});
