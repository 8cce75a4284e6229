import { AppError } from '../errors.ts';
import { RETRY_SECONDS } from './connection.ts';

const readCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error ? String(error.code) : undefined;
const readStatus = (error: unknown): number =>
  error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : 0;

/** For the log: the failure itself may contain tokens. */
export const readFailure = (error: unknown) =>
  error instanceof Error ? { code: readCode(error), reason: error.message } : {};

/** No answer, or one that says that the provider itself has a problem. */
function isOutage(error: unknown): boolean {
  const { cause } = error instanceof Error ? error : {};
  const statuses = [readStatus(error), cause instanceof Response ? cause.status : 0];
  return (
    statuses.some((status) => status >= 500) ||
    ['OAUTH_TIMEOUT', 'OAUTH_ABORT'].includes(readCode(error) ?? '') ||
    (error instanceof TypeError && error.message === 'fetch failed')
  );
}

const isRefusedByUser = (error: unknown): boolean =>
  error instanceof Error && 'error' in error && error.error === 'access_denied';

export const createOutageError = (name: string): AppError =>
  new AppError('UNAVAILABLE', `${name} cannot be reached. Try again shortly.`, {
    retryAfterSeconds: RETRY_SECONDS,
  });

/** `UNAVAILABLE`, `FORBIDDEN` or `INVALID_CREDENTIALS`. */
export function toProviderError(error: unknown, name: string): AppError {
  if (isOutage(error)) return createOutageError(name);
  if (isRefusedByUser(error)) return new AppError('FORBIDDEN', `You did not allow it at ${name}`);
  return new AppError('INVALID_CREDENTIALS', `${name} did not confirm the sign-in. Try again.`);
}
