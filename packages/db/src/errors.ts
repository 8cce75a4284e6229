const UNIQUE_VIOLATION = '23505';
const CHECK_VIOLATION = '23514';

const readCode = (error: Error): string =>
  'code' in error && typeof error.code === 'string' ? error.code : '';

export const hasSystemErrorCode = (error: unknown, code: string): boolean =>
  error instanceof Error && readCode(error) === code;

const isViolation = (error: unknown, code: string, constraint: string): boolean =>
  error instanceof Error &&
  readCode(error) === code &&
  'constraint' in error &&
  error.constraint === constraint;

export const isUniqueViolation = (error: unknown, constraint: string): boolean =>
  isViolation(error, UNIQUE_VIOLATION, constraint);

export const isCheckViolation = (error: unknown, constraint: string): boolean =>
  isViolation(error, CHECK_VIOLATION, constraint);

// SQLSTATE: 08 connection, 28 wrong password or role, 3D no such database, 40 rollback (deadlock), 53 resources such as
// a full disk, 57 intervention (timeout), 25006 read-only, 55P03 lock timeout.
const UNAVAILABLE = /^(08...|28...|3D000|40...|53...|57...|25006|55P03)$/;
const UNREACHABLE = /ECONNREFUSED|ECONNRESET|ENOTFOUND|EPIPE|ETIMEDOUT|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH/;
const POOL_MESSAGES =
  /timeout exceeded when trying to connect|Connection terminated|Query read timeout|connection error and is not queryable/;

export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = readCode(error);
  return UNAVAILABLE.test(code) || UNREACHABLE.test(code) || POOL_MESSAGES.test(error.message);
}
