const UNIQUE_VIOLATION = '23505';
const CHECK_VIOLATION = '23514';

type PgError = Error & { code?: string; constraint?: string };

const isViolation = (error: unknown, expected: string, constraint: string): boolean => {
  if (!(error instanceof Error)) return false;
  const { code, constraint: violated } = error as PgError;
  return code === expected && violated === constraint;
};

/** Whether `error` says that the named unique constraint or index already holds the value. */
export const isUniqueViolation = (error: unknown, constraint: string): boolean =>
  isViolation(error, UNIQUE_VIOLATION, constraint);

/** Whether `error` says that the named check does not admit the row. */
export const isCheckViolation = (error: unknown, constraint: string): boolean =>
  isViolation(error, CHECK_VIOLATION, constraint);

// Classes of SQLSTATE in which the database, not the request, is at fault and a later try may succeed:
// 08 connection, 40 rolled back (deadlock), 53 resources, 57 operator intervention (shutdown, statement
// timeout), 25006 read-only.
const UNAVAILABLE = /^(08...|40...|53...|57...|25006)$/;
const UNREACHABLE = /ECONNREFUSED|ECONNRESET|ENOTFOUND|EPIPE|ETIMEDOUT|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH/;
const POOL_MESSAGES =
  /timeout exceeded when trying to connect|Connection terminated|Query read timeout|connection error and is not queryable/;

/** Whether `error` means that PostgreSQL is down, full, restarting or too slow to answer. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code = '' } = error as PgError;
  return UNAVAILABLE.test(code) || UNREACHABLE.test(code) || POOL_MESSAGES.test(error.message);
}
