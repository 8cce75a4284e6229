import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, generateId } from '@linkgrove/api';
import { type App, createApp } from '@linkgrove/api/jobs';
import { findFreePort, startMailbox, startProgram, startRedis, testConfig } from '@linkgrove/api/testing';
import { migrateToLatest } from '@linkgrove/db';
import { startEmbeddedPostgres } from '@linkgrove/db/embedded';
import { PASSWORD, formatPercentile } from './server.ts';

// Measures the time from a password reset request to the arrival of its mail while bulk mails are queued.
// Usage: node bench/queues.ts [bulk mails] [resets]
const BULK = Number(process.argv[2] ?? 50_000);
const RESETS = Number(process.argv[3] ?? 20);
const BATCH = 5_000;

const dataDir = mkdtempSync(join(tmpdir(), 'linkgrove-bench-'));
const mailbox = await startMailbox();
const redis = await startRedis();

async function queueBulkMails(app: App): Promise<void> {
  const payload = JSON.stringify({
    template: 'password-changed',
    to: 'bulk@example.com',
    username: 'everyone',
  });
  for (let left = BULK; left > 0; left -= BATCH) {
    const rows = Array.from({ length: Math.min(left, BATCH) }, () => {
      return { id: generateId(), topic: 'mail.send-bulk', queue: 'bulk' as const, payload };
    });
    await app.db.insertInto('outbox').values(rows).execute();
  }
}

async function measureBackend(backend: string, redisUrl: string | undefined): Promise<void> {
  const postgres = await startEmbeddedPostgres({ dataDir: join(dataDir, backend) });
  await migrateToLatest(postgres.url);
  const port = await findFreePort();
  const env = {
    PORT: `${port}`,
    DATABASE_URL: postgres.url,
    DATA_DIR: dataDir,
    SMTP_URL: mailbox.url,
    REDIS_URL: redisUrl,
  };
  const app = await createApp({
    config: testConfig(env),
    databaseUrl: postgres.url,
    logger: createLogger({ level: 'silent', name: 'bench' }),
  });
  const server = await startProgram('apps/server/src/main.ts', env);
  const post = (path: string, body: object) =>
    fetch(`http://127.0.0.1:${port}/api/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const people = Array.from({ length: RESETS }, (_, n) => `${backend.toLowerCase()}${n}`);
  for (const name of people)
    await post('register', { email: `${name}@example.com`, username: name, password: PASSWORD });
  await queueBulkMails(app);
  const worker = await startProgram('apps/worker/src/main.ts', env);
  const [started, received] = [performance.now(), mailbox.received.length];
  const latencies: number[] = [];
  for (const name of people) {
    const asked = performance.now();
    await post('forgot-password', { email: `${name}@example.com` });
    await mailbox.waitFor(`${name}@example.com`, 'Reset');
    latencies.push(performance.now() - asked);
  }
  const rate = (mailbox.received.length - received) / ((performance.now() - started) / 1_000);
  const sorted = latencies.toSorted((a, b) => a - b);
  console.log(
    `${backend.padEnd(10)} reset mail behind ${BULK} bulk mails: p50 ${formatPercentile(sorted, 0.5)} ms, ` +
      `worst ${formatPercentile(sorted, 1)} ms; ${rate.toFixed(0)} mails/s meanwhile`,
  );
  for (const program of [server, worker]) program.signal('SIGTERM');
  await Promise.all([server.ended, worker.ended]);
  await app.close();
  await postgres.stop();
}

try {
  await measureBackend('PostgreSQL', undefined);
  await measureBackend('Redis', redis.url);
} finally {
  await redis.close();
  await mailbox.close();
  rmSync(dataDir, { recursive: true, force: true });
}
