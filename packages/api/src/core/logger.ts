import { pino } from 'pino';

export type Logger = pino.Logger;

// Whatever is logged by mistake, these never reach the log.
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

/** JSON lines on standard output, with secrets taken out. */
export function createLogger(options: { level: string; name: string }): Logger {
  return pino({
    level: options.level,
    name: options.name,
    timestamp: pino.stdTimeFunctions.isoTime,
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
