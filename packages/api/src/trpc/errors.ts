import { TRPCError } from '@trpc/server';
import { isDatabaseUnavailable } from '@linkgrove/db';
import { ZodError } from 'zod';
import { AppError, type ErrorCode, type MemberError } from '../core/errors.ts';
import { toMemberErrors } from '../core/text/validation.ts';

export function createInvalidInputError(errors: MemberError[]): AppError {
  const listed = errors.slice(0, 5).map((row) => (row.path ? `${row.path}: ${row.message}` : row.message));
  const more = errors.length > listed.length ? [`and ${errors.length - listed.length} more`] : [];
  return new AppError('VALIDATION_FAILED', [...listed, ...more].join('; '), { errors });
}

const FROM_TRPC: Partial<Record<TRPCError['code'], [ErrorCode, string]>> = {
  BAD_REQUEST: ['VALIDATION_FAILED', 'Malformed request'],
  PARSE_ERROR: ['VALIDATION_FAILED', 'The body is not valid JSON'],
  NOT_FOUND: ['NOT_FOUND', 'Unknown procedure'],
  METHOD_NOT_SUPPORTED: ['METHOD_NOT_ALLOWED', 'This procedure needs another HTTP method'],
  UNSUPPORTED_MEDIA_TYPE: ['UNSUPPORTED_MEDIA_TYPE', 'Send JSON, with the content type application/json'],
  PAYLOAD_TOO_LARGE: ['PAYLOAD_TOO_LARGE', 'The body is too large'],
};

/** Unexpected errors become `INTERNAL`; their details stay in `cause`, for the log only. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  if (thrown instanceof ZodError) return createInvalidInputError(toMemberErrors(thrown));
  if (thrown instanceof TRPCError) {
    const { cause } = thrown;
    if (cause instanceof AppError) return cause;
    if (cause instanceof ZodError && thrown.code === 'BAD_REQUEST')
      return createInvalidInputError(toMemberErrors(cause));
    if (thrown.code === 'INTERNAL_SERVER_ERROR') return toUnexpectedError(cause ?? thrown);
    const [code, detail] = FROM_TRPC[thrown.code] ?? (['VALIDATION_FAILED', 'Malformed request'] as const);
    return new AppError(code, detail, { cause: thrown });
  }
  return toUnexpectedError(thrown);
}

function toUnexpectedError(cause: unknown): AppError {
  return isDatabaseUnavailable(cause)
    ? new AppError('UNAVAILABLE', 'The service is busy or restarting. Try again shortly.', {
        cause,
        retryAfterSeconds: 2,
      })
    : new AppError('INTERNAL', 'Something went wrong on our side.', { cause });
}
