import { type Config, ConfigError, type Env, parseConfig } from './config.ts';
import type { Db } from '@linkgrove/db';
import { requireRightPepper } from '../crypto/pepper.ts';
import { loadDevelopmentSecrets } from '../development/secrets.ts';
import type { Logger } from '../observability/logger.ts';

export function stopOnSignals(logger: Logger, deadlineMs: number, stop: () => Promise<void>): void {
  let stopping = false;
  const beginStop = (reason: string) => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.info({ reason }, 'stopping');
    setTimeout(() => {
      logger.error('stopping took too long');
      process.exit(1);
    }, deadlineMs).unref();
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', beginStop);
  process.on('SIGINT', beginStop);
  process.on('disconnect', () => {
    if (!stopping) beginStop('supervisor gone');
  });
  // The supervisor may have gone before the listener was added.
  if ('connected' in process && !process.connected) beginStop('supervisor gone');
}

type PepperCtx = { db: Db; config: Config; logger: Logger };

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

/** A database that cannot be asked yet, or is not migrated, is no reason not to start: readiness waits for it. */
export async function requirePepperOrExit({ db, config, logger }: PepperCtx): Promise<void> {
  try {
    await requireRightPepper(db, config.passwordPeppers);
  } catch (error) {
    if (!(error instanceof ConfigError))
      return logger.warn({ err: error }, 'could not compare the pepper yet');
    console.error(`Configuration: ${error.message}`);
    process.exit(1);
  }
}
