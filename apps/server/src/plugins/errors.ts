import { validateHeaderName, validateHeaderValue } from 'node:http';
import {
  AppError,
  type ErrorCode,
  isHtmlPreferred,
  type Problem,
  toAppError,
  toProblem,
  toRpcCode,
} from '@linkgrove/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { type RenderErrorPage, renderErrorPage } from '../error-page.ts';
import { PAGE_HEADERS } from '../html.ts';

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

/** The client went away while its request was read, which is no failure of the server. */
const hasClientLeft = (thrown: unknown, { raw }: FastifyRequest): boolean =>
  thrown instanceof Error && thrown === raw.errored;

function toRequestError(thrown: unknown, request: FastifyRequest): AppError {
  if (hasClientLeft(thrown, request))
    return new AppError('VALIDATION_FAILED', 'The client closed the connection', { cause: thrown });
  const known = isFastifyError(thrown) ? FROM_STATUS[thrown.statusCode] : undefined;
  return known ? new AppError(...known, { cause: thrown }) : toAppError(thrown);
}

/** The cause is only logged; the answer does not contain it. */
export function logFailure(request: FastifyRequest, error: AppError): void {
  if (error.status >= 500)
    request.log.error({ err: error.cause ?? error, code: error.code }, 'request failed');
}

export function buildErrorHeaders(request: FastifyRequest, error: AppError): Record<string, string> {
  const headers: Record<string, string> = {};
  if (error.retryAfterSeconds) headers['retry-after'] = String(error.retryAfterSeconds);
  if (error.status === 451) headers['link'] = `<${request.server.site.homeUrl}>; rel="blocked-by"`;
  if (error.status === 401) {
    headers['www-authenticate'] = request.headers.authorization ? 'Bearer error="invalid_token"' : 'Bearer';
  }
  return headers;
}

const ANSWER_HEADERS = new Set([
  'accept-ranges',
  'content-disposition',
  'content-encoding',
  'content-language',
  'etag',
  'last-modified',
  'location',
]);

function isWritable(name: string, value: unknown): boolean {
  try {
    validateHeaderName(name);
    for (const text of [value].flat()) validateHeaderValue(name, String(text));
    return true;
  } catch {
    return false;
  }
}

/** Drops what the failed answer had set, and every header that cannot be written. */
function resetHeaders(request: FastifyRequest, reply: FastifyReply): void {
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (ANSWER_HEADERS.has(name) || !isWritable(name, value)) reply.removeHeader(name);
  reply.headers(request.server.site.securityHeaders).header('x-request-id', request.id);
}

function prepareProblem(thrown: unknown, request: FastifyRequest, reply: FastifyReply): Problem {
  const error = toRequestError(thrown, request);
  logFailure(request, error);
  resetHeaders(request, reply);
  reply.code(error.status).headers(buildErrorHeaders(request, error));
  return toProblem(error, request.id);
}

const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';
/** Its clients are programs, also where a person has opened its address. */
const API_PATH = /^\/(?:api|trpc)(?:[/?]|$)/;
const isSafe = ({ method }: FastifyRequest): boolean => method === 'GET' || method === 'HEAD';
export const isForPerson = (request: FastifyRequest): boolean =>
  isSafe(request) && !API_PATH.test(request.url) && isHtmlPreferred(request.headers.accept);

/** Answers with problem details (RFC 9457), or with a page for a person who opened an address outside the API. */
export function sendProblem(
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  renderPage: RenderErrorPage = renderErrorPage,
): FastifyReply {
  const problem = prepareProblem(thrown, request, reply);
  if (isForPerson(request))
    return reply.headers(PAGE_HEADERS).send(renderPage(problem, request.server.site.homeUrl));
  return reply.type(PROBLEM_TYPE).send(JSON.stringify(problem));
}

/** Without hooks and without any header set so far, after the answer of `sendProblem` failed too. */
export function sendBareProblem(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const error = toRequestError(thrown, request);
  logFailure(request, error);
  const body = JSON.stringify(toProblem(error, request.id));
  const headers = { ...request.server.site.securityHeaders, 'x-request-id': request.id };
  const length = Buffer.byteLength(body);
  reply.hijack();
  reply.raw.writeHead(error.status, { ...headers, 'content-type': PROBLEM_TYPE, 'content-length': length });
  reply.raw.end(request.method === 'HEAD' ? undefined : body);
}

export function sendTrpcError(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = prepareProblem(thrown, request, reply);
  const data = { ...problem, httpStatus: problem.status };
  return reply.send({ error: { message: problem.detail, code: toRpcCode(problem.status) ?? -32603, data } });
}

const MAX_NAMED_PATH_LENGTH = 200;
const KNOWN_METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const createUnknownMethodError = () => new AppError('METHOD_NOT_ALLOWED', 'Unknown HTTP method');

export const createNotFoundError = (): AppError => new AppError('NOT_FOUND', 'Page not found');

// In an API whose objects are pages, "Page not found" would be misread.
const createUnknownPathError = ({ method, url }: FastifyRequest): AppError => {
  const [path = ''] = url.split('?', 1);
  if (!/^\/(api|trpc)(\/|$)/.test(path)) return createNotFoundError();
  return new AppError('NOT_FOUND', `Unknown endpoint: ${method} ${path.slice(0, MAX_NAMED_PATH_LENGTH)}`);
};

function answerUnknownPath(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { site, findOtherSpelling } = request.server;
  const found = isSafe(request) ? findOtherSpelling(request.url) : undefined;
  if (found !== undefined) return reply.redirect(`${site.basePath}${found}`, 308);
  const error = KNOWN_METHODS.has(request.method)
    ? createUnknownPathError(request)
    : createUnknownMethodError();
  return sendProblem(error, request, reply);
}

export const errorsPlugin = fp(async (server) => {
  server.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));
  server.setNotFoundHandler(answerUnknownPath);
});
