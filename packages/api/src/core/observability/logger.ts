import { pino } from 'pino';

export type Logger = pino.Logger;

// Nothing logs a secret on purpose; this catches mistakes, down to the second level of a logged object.
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

// A cause may lead back to itself.
const MAX_CAUSES = 5;

type Described = {
  type: string;
  message: string;
  stack?: string | undefined;
  code?: unknown;
  cause?: Described;
};

/**
 * What the log tells of an error. Other members are left out: PostgreSQL's `detail` quotes whole rows, with
 * addresses and hashes.
 */
function describeError(error: unknown, depth = 0): Described {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const { name, message, stack, cause } = error;
  const { code } = error as { code?: unknown };
  return {
    type: name,
    message,
    stack,
    code,
    ...(cause !== undefined && depth < MAX_CAUSES && { cause: describeError(cause, depth + 1) }),
  };
}

/** JSON lines on standard output, with secrets taken out. */
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
