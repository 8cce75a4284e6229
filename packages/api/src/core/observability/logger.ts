import { pino } from 'pino';

export type Logger = pino.Logger;

// Catches secrets that are logged by mistake, at the first two levels of a logged object.
const SECRETS = [
  'password',
  'currentPassword',
  'newPassword',
  'token',
  'accessToken',
  'refreshToken',
  'cookie',
];
const paths = SECRETS.flatMap((name) => [name, `*.${name}`]);

// Causes can form a cycle.
const MAX_CAUSES = 5;

type LoggedError = {
  type: string;
  message: string;
  stack?: string | undefined;
  code?: unknown;
  cause?: LoggedError;
};

/** PostgreSQL's `detail`, for example, quotes whole rows with addresses and hashes. */
function describeError(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const { name, message, stack, cause } = error;
  const code: unknown = 'code' in error ? error.code : undefined;
  return {
    type: name,
    message,
    stack,
    code,
    ...(cause !== undefined && depth < MAX_CAUSES && { cause: describeError(cause, depth + 1) }),
  };
}

export function createLogger(options: { level: string; name: string }): Logger {
  return pino({
    level: options.level,
    name: options.name,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: (error: unknown) => describeError(error) },
    redact: {
      paths: [
        ...paths,
        'headers.authorization',
        'headers.cookie',
        'headers["set-cookie"]',
        '*.headers.authorization',
      ],
      censor: '[redacted]',
    },
  });
}
