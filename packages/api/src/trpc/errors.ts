import { TRPCError } from '@trpc/server';
import { isDatabaseUnavailable } from '@linkgrove/db';
import { ZodError } from 'zod';
import { AppError, type ErrorCode, type MemberError } from '../core/errors.ts';
import { toMemberErrors } from '../core/text/validation.ts';

function invalid(errors: MemberError[]): AppError {
  const told = errors.slice(0, 5).map((row) => (row.path ? `${row.path}: ${row.message}` : row.message));
  const more = errors.length > told.length ? [`and ${errors.length - told.length} more`] : [];
  return new AppError('VALIDATION_FAILED', [...told, ...more].join('; '), { errors });
}

const FROM_TRPC: Partial<Record<TRPCError['code'], [ErrorCode, string]>> = {
  BAD_REQUEST: ['VALIDATION_FAILED', 'The request could not be read'],
  PARSE_ERROR: ['VALIDATION_FAILED', 'The body is not valid JSON'],
  NOT_FOUND: ['NOT_FOUND', 'There is no such procedure'],
  METHOD_NOT_SUPPORTED: ['METHOD_NOT_ALLOWED', 'This procedure wants another method'],
  UNSUPPORTED_MEDIA_TYPE: ['UNSUPPORTED_MEDIA_TYPE', 'Send JSON'],
  PAYLOAD_TOO_LARGE: ['PAYLOAD_TOO_LARGE', 'The body is too large'],
};

/**
 * The expected failure that any thrown value stands for. What nobody expected becomes `INTERNAL` with a
 * detail that says nothing of the cause, which stays in `cause` for the log.
 */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  if (thrown instanceof ZodError) return invalid(toMemberErrors(thrown));
  if (thrown instanceof TRPCError) {
    const { cause } = thrown;
    if (cause instanceof AppError) return cause;
    if (cause instanceof ZodError && thrown.code === 'BAD_REQUEST') return invalid(toMemberErrors(cause));
    if (thrown.code === 'INTERNAL_SERVER_ERROR') return unexpected(cause ?? thrown);
    const [code, detail] =
      FROM_TRPC[thrown.code] ?? (['VALIDATION_FAILED', 'The request could not be read'] as const);
    return new AppError(code, detail, { cause: thrown });
  }
  return unexpected(thrown);
}

function unexpected(cause: unknown): AppError {
  return isDatabaseUnavailable(cause)
    ? new AppError('UNAVAILABLE', 'The service is busy or restarting. Try again shortly.', {
        cause,
        retryAfterSeconds: 2,
      })
    : new AppError('INTERNAL', 'Something went wrong on our side.', { cause });
}
