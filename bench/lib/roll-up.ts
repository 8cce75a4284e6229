import { createLogger, type Env, parseConfig } from '@linkgrove/api';
import { createApp, rollUpDeltas } from '@linkgrove/api/jobs';
import type { Sql } from './sql.ts';

export const ROLL_UP_EVERY_MS = 2_000;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));

/** Rolls up deltas like the worker while `run` runs. Returns its result and the largest backlog. */
export async function runWithRollUp<T>(
  sql: Sql,
  env: Env,
  run: () => Promise<T>,
): Promise<{ result: T; backlog: number }> {
  const logger = createLogger({ level: 'silent', name: 'worker' });
  const app = await createApp({
    config: parseConfig(env),
    databaseUrl: String(env['DATABASE_URL']),
    logger,
  });
  await rollUpDeltas(app);
  let running = true;
  let backlog = 0;
  const loop = async () => {
    while (running) {
      const start = performance.now();
      const [count] = await sql.run<{ n: number }>('select count(*)::int as n from referral_deltas');
      backlog = Math.max(backlog, count?.n ?? 0);
      await rollUpDeltas(app);
      await sleep(ROLL_UP_EVERY_MS - (performance.now() - start));
    }
  };
  const looping = loop();
  try {
    return { result: await run(), backlog };
  } finally {
    running = false;
    await looping;
    await app.close();
  }
}
