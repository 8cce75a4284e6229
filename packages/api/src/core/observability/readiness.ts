import { type Db, isDatabaseUnavailable, listMissingMigrations } from '@linkgrove/db';
import { sql } from 'kysely';
import type { Logger } from './logger.ts';

const PROBE_MS = 2_000;
/** A temporary table extends a file and adds rows to the catalog, so not each time. */
const WRITE_PROBE_EVERY_MS = 10_000;

export type Problem = { part: string; description: string };
type Probe = () => Promise<unknown>;
export type Readiness = { parts: string[]; listProblems: () => Promise<Problem[]> };

class NotReadyError extends Error {
  override name = 'NotReadyError';
}

async function settleInTime(probe: Probe): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('timed out')), PROBE_MS);
  try {
    await Promise.race([probe(), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Fails on a standby, on a full disk and where everything is read-only. */
async function probeWriting(db: Db): Promise<void> {
  try {
    await db
      .transaction()
      .execute((trx) => sql`create temporary table readiness on commit drop as select 1 as one`.execute(trx));
  } catch (cause) {
    if (isDatabaseUnavailable(cause)) throw new NotReadyError('The database accepts no writes', { cause });
    // Such as a role that may create no temporary tables: that says nothing.
  }
}

/** The database answers, has the schema that this version needs, and accepts writes. */
export function createDatabaseProbe(db: Db): Probe {
  let isMigrated = false;
  let writtenAt = -Infinity;
  return async () => {
    const { rows } = await sql<{ isReadOnly: boolean }>`
      select pg_is_in_recovery() or current_setting('transaction_read_only')::bool as "isReadOnly"`.execute(
      db,
    );
    if (rows[0]?.isReadOnly) throw new NotReadyError('The database accepts no writes');
    isMigrated ||= (await listMissingMigrations(db)).length === 0;
    if (!isMigrated) throw new NotReadyError('The database is not migrated; run the migrate program');
    if (performance.now() - writtenAt < WRITE_PROBE_EVERY_MS) return;
    await probeWriting(db);
    writtenAt = performance.now();
  };
}

/** Logs the cause when a part stops being ready, and when it is ready again. */
export function createReadiness(logger: Logger, probes: Record<string, Probe>): Readiness {
  const reported = new Map<string, string>();
  const examine = async (part: string, probe: Probe): Promise<Problem[]> => {
    try {
      await settleInTime(probe);
      if (reported.delete(part)) logger.info({ part }, 'ready again');
      return [];
    } catch (error) {
      const description = error instanceof NotReadyError ? error.message : `The ${part} does not answer`;
      if (reported.get(part) !== description) logger.error({ err: error, part }, 'not ready');
      reported.set(part, description);
      return [{ part, description }];
    }
  };
  return {
    parts: Object.keys(probes),
    listProblems: async () =>
      (await Promise.all(Object.entries(probes).map(([part, probe]) => examine(part, probe)))).flat(),
  };
}
