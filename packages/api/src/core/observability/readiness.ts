import type { Db } from '@linkgrove/db';
import { sql } from 'kysely';

const PROBE_MS = 2_000;

export const probeDatabase = (db: Db): Promise<unknown> => sql`select 1`.execute(db);

async function isAnswering(probe: () => Promise<unknown>): Promise<boolean> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('timed out')), PROBE_MS);
  try {
    await Promise.race([probe(), late.promise]);
    return true;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

export async function listFailingParts(probes: Record<string, () => Promise<unknown>>): Promise<string[]> {
  const parts = await Promise.all(
    Object.entries(probes).map(async ([name, probe]) => ((await isAnswering(probe)) ? [] : [name])),
  );
  return parts.flat();
}
