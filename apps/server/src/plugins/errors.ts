import { AppError, type ErrorCode, type Problem, toRpcCode, toAppError, toProblem } from '@linkgrove/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';

const FROM_STATUS: Record<number, [ErrorCode, string]> = {
  400: ['VALIDATION_FAILED', 'Malformed request'],
  404: ['NOT_FOUND', 'Page not found'],
  408: ['VALIDATION_FAILED', 'The request arrived too slowly'],
  413: ['PAYLOAD_TOO_LARGE', 'The body is larger than 1 MiB'],
  414: ['VALIDATION_FAILED', 'The URL is too long'],
  415: ['UNSUPPORTED_MEDIA_TYPE', 'Send JSON, with the content type application/json'],
  431: ['VALIDATION_FAILED', 'The headers are too large'],
  503: ['UNAVAILABLE', 'The server is stopping. Try again shortly.'],
};

const isFastifyError = (thrown: unknown): thrown is Error & { statusCode: number } =>
  thrown instanceof Error &&
  'code' in thrown &&
  String(thrown.code).startsWith('FST_') &&
  'statusCode' in thrown &&
  typeof thrown.statusCode === 'number';

/** Converts any value thrown in a request to an `AppError`, including Fastify's own errors. */
function toRequestError(thrown: unknown): AppError {
  const known = isFastifyError(thrown) ? FROM_STATUS[thrown.statusCode] : undefined;
  return known ? new AppError(...known, { cause: thrown }) : toAppError(thrown);
}

/** Logs an unexpected failure with its cause, which the answer does not contain. */
export function logFailure(request: FastifyRequest, error: AppError): void {
  if (error.status >= 500)
    request.log.error({ err: error.cause ?? error, code: error.code }, 'request failed');
}

/** Builds the headers that belong to an error answer. */
export function buildErrorHeaders(request: FastifyRequest, error: AppError): Record<string, string> {
  const headers: Record<string, string> = {};
  if (error.retryAfterSeconds) headers['retry-after'] = String(error.retryAfterSeconds);
  if (error.status === 401) {
    headers['www-authenticate'] = request.headers.authorization ? 'Bearer error="invalid_token"' : 'Bearer';
  }
  return headers;
}

function prepareProblem(thrown: unknown, request: FastifyRequest, reply: FastifyReply): Problem {
  const error = toRequestError(thrown);
  logFailure(request, error);
  reply.code(error.status).headers(buildErrorHeaders(request, error));
  return toProblem(error, request.id);
}

/** Answers with problem details (RFC 9457). */
export function sendProblem(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = prepareProblem(thrown, request, reply);
  return reply.type('application/problem+json; charset=utf-8').send(JSON.stringify(problem));
}

/** Answers in tRPC's format, with the problem details under `error.data`. */
export function sendTrpcError(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = prepareProblem(thrown, request, reply);
  const data = { ...problem, httpStatus: problem.status };
  return reply.send({ error: { message: problem.detail, code: toRpcCode(problem.status) ?? -32603, data } });
}

const KNOWN_METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const createUnknownMethodError = () => new AppError('METHOD_NOT_ALLOWED', 'Unknown HTTP method');

export const createNotFoundError = (): AppError => new AppError('NOT_FOUND', 'Page not found');

/** Answers every failure and every unknown path with problem details, unless a route has its own handler. */
export const errorsPlugin = fp(async (server) => {
  server.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));
  server.setNotFoundHandler((request, reply) =>
    sendProblem(
      KNOWN_METHODS.has(request.method) ? createNotFoundError() : createUnknownMethodError(),
      request,
      reply,
    ),
  );
});
