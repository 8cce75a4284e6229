import { pino } from 'pino';
import { API_KEY_PREFIX } from '../crypto/api-keys.ts';

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
  'apiKey',
];
const paths = SECRETS.flatMap((name) => [name, `*.${name}`]);

const API_KEYS = new RegExp(`${API_KEY_PREFIX}[0-9A-Za-z]{12,}`, 'g');
const API_KEY_MASK = `${API_KEY_PREFIX}[redacted]`;

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
    // Wherever one got into, such as a URL.
    hooks: {
      streamWrite: (line) => (line.includes(API_KEY_PREFIX) ? line.replace(API_KEYS, API_KEY_MASK) : line),
    },
    redact: {
      paths: [
        ...paths,
        'headers.authorization',
        'headers.cookie',
        'headers["set-cookie"]',
        'headers["x-api-key"]',
        '*.headers.authorization',
      ],
      censor: '[redacted]',
    },
  });
}
