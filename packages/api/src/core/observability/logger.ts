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

/** Wherever one got into, such as a URL. */
const maskApiKeys = (lines: string): string =>
  lines.includes(API_KEY_PREFIX) ? lines.replace(API_KEYS, API_KEY_MASK) : lines;

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

const WRITE_INTERVAL_MS = 10;
const WARNING = 40;

/** Tells pino to set `lastLevel` before each line. */
const WITH_LEVEL = Symbol.for('pino.metadata');

/**
 * Collects lines for a few milliseconds, because a system call for each would cost a third of a short answer. Warnings and
 * errors are written at once, with the lines before them; an exit of any kind but a kill writes the rest.
 */
function createOutput(): pino.DestinationStream {
  const stdout = pino.destination({ dest: process.stdout.fd, sync: true });
  let lines = '';
  const flush = (): void => {
    if (lines !== '') stdout.write(maskApiKeys(lines));
    lines = '';
  };
  process.once('exit', flush);
  const output = {
    [WITH_LEVEL]: true,
    lastLevel: 0,
    write: (line: string) => {
      if (lines === '') setTimeout(flush, WRITE_INTERVAL_MS);
      lines += line;
      if (output.lastLevel >= WARNING) flush();
    },
  };
  return output;
}

let timestamp = { at: 0, text: '' };

/** Formatting the time costs as much as the rest of a short line, so lines of the same millisecond share it. */
function formatTimestamp(): string {
  const at = Date.now();
  if (at !== timestamp.at) timestamp = { at, text: `,"time":"${new Date(at).toISOString()}"` };
  return timestamp.text;
}

let output: pino.DestinationStream | undefined;

export function createLogger(options: { level: string; name: string }): Logger {
  return pino(
    {
      level: options.level,
      name: options.name,
      timestamp: formatTimestamp,
      serializers: { err: (error: unknown) => describeError(error) },
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
    },
    (output ??= createOutput()),
  );
}
