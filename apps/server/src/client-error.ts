import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { AppError, generateId, toProblem } from '@linkgrove/api';

const DETAILS: Record<string, [status: number, detail: string]> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request arrived too slowly'],
  HPE_HEADER_OVERFLOW: [431, 'The headers are too large'],
};

/** For malformed or too slow HTTP requests, which never reach a route. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const [status, detail] = DETAILS[error.code ?? ''] ?? [400, 'Malformed request'];
  const requestId = generateId();
  const problem = { ...toProblem(new AppError('VALIDATION_FAILED', detail), requestId), status };
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/problem+json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'x-content-type-options: nosniff',
    `x-request-id: ${requestId}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
