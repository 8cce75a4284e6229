import { AppError } from '@linkgrove/api';
import type { FastifyRequest } from 'fastify';

/**
 * Throws `VALIDATION_FAILED` for a request with several Host headers (RFC 9112, 3.2), which servers and proxies
 * read differently. The server joins repeated headers; see `joinDuplicateHeaders`.
 */
export function requireSingleHost({ headers }: Pick<FastifyRequest, 'headers'>): void {
  if (headers.host?.includes(',')) throw new AppError('VALIDATION_FAILED', 'Send exactly one Host header');
}
