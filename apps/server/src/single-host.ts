import { AppError } from '@linkgrove/api';
import type { FastifyRequest } from 'fastify';

/** Servers and proxies read several Host headers differently (RFC 9112, 3.2). See `joinDuplicateHeaders`. */
export function requireSingleHost({ headers }: Pick<FastifyRequest, 'headers'>): void {
  if (headers.host?.includes(',')) throw new AppError('VALIDATION_FAILED', 'Send exactly one Host header');
}
