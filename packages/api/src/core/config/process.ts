import { type Config, ConfigError, type Env, parseConfig } from './config.ts';
import { loadDevelopmentSecrets } from '../development/secrets.ts';
import type { Logger } from '../observability/logger.ts';

/**
 * Stops the process gracefully at SIGTERM, at SIGINT, and when a supervisor that started it is gone. A
 * second signal, or `deadlineMs`, end it at once with exit code 1.
 */
export function stopOnSignals(logger: Logger, deadlineMs: number, stop: () => Promise<void>): void {
  let stopping = false;
  const begin = (reason: string) => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.info({ reason }, 'stopping');
    setTimeout(() => {
      logger.error('Stopping took too long');
      process.exit(1);
    }, deadlineMs).unref();
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'Stopping failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', begin);
  process.on('SIGINT', begin);
  process.on('disconnect', () => {
    if (!stopping) begin('supervisor gone');
  });
  // It may be gone before anyone listened.
  if ('connected' in process && !process.connected) begin('supervisor gone');
}

/** The settings of a program that serves a database; prints one line and exits where they are wrong. */
export function readConfigOrExit(env: Env): Config & { databaseUrl: string } {
  try {
    const config = parseConfig(loadDevelopmentSecrets(env));
    if (config.databaseUrl) return { ...config, databaseUrl: config.databaseUrl };
    throw new ConfigError('Configuration: DATABASE_URL is required');
  } catch (error) {
    console.error(error instanceof ConfigError ? error.message : `Cannot start: ${String(error)}`);
    process.exit(1);
  }
}
