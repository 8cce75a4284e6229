import { availableParallelism, tmpdir } from 'node:os';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { testEnv } from '@linkgrove/api/testing';
import { migrateToLatest } from '@linkgrove/db';
import { startEmbeddedPostgres } from '@linkgrove/db/embedded';

// What a storm of sign-ins does to everyone else: latency of a cheap authenticated read, idle and while 64
// clients sign in without pause. Usage: node bench/sign-in-storm.ts [bcrypt cost] [seconds]
const cost = process.argv[2] ?? '10';
const seconds = Number(process.argv[3] ?? 10);
const CLIENTS = 64;
const PORT = '3971';
const url = `http://127.0.0.1:${PORT}`;
const PASSWORD = 'correct-horse-battery';

const post = (path: string, body: object) =>
  fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

const percentile = (sorted: number[], share: number) =>
  (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1);

/** Reads one after another until `until`; returns the latencies in milliseconds, sorted. */
async function read(token: string, until: number): Promise<number[]> {
  const latencies: number[] = [];
  while (performance.now() < until) {
    const started = performance.now();
    const response = await fetch(`${url}/api/me`, { headers: { authorization: `Bearer ${token}` } });
    await response.arrayBuffer();
    latencies.push(performance.now() - started);
  }
  return latencies.toSorted((a, b) => a - b);
}

/** Signs in again and again; returns how often it worked and how often the server was too busy. */
async function storm(until: number): Promise<{ ok: number; busy: number }> {
  const tally = { ok: 0, busy: 0 };
  const client = async () => {
    while (performance.now() < until) {
      const { status } = await post('/api/login', { identifier: 'ada', password: PASSWORD });
      if (status === 200) tally.ok += 1;
      else tally.busy += 1;
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return tally;
}

const report = (name: string, latencies: number[]) =>
  console.log(
    `${name}: ${latencies.length} reads, p50 ${percentile(latencies, 0.5)} ms, p99 ${percentile(latencies, 0.99)} ms`,
  );

async function measure(): Promise<void> {
  const registered = await post('/api/register', {
    email: 'ada@example.com',
    username: 'ada',
    password: PASSWORD,
  });
  const { accessToken } = (await registered.json()) as { accessToken: string };
  await read(accessToken, performance.now() + 1_000);
  report('idle     ', await read(accessToken, performance.now() + seconds * 1_000));
  const until = performance.now() + seconds * 1_000;
  const [latencies, { ok, busy }] = await Promise.all([read(accessToken, until), storm(until)]);
  report('in storm ', latencies);
  console.log(`sign-ins : ${(ok / seconds).toFixed(1)}/s, refused for now: ${busy}`);
}

const dataDir = mkdtempSync(join(tmpdir(), 'linkgrove-bench-'));
const postgres = await startEmbeddedPostgres({ dataDir });
await migrateToLatest(postgres.url);
const env = {
  ...process.env,
  ...testEnv({ PORT, BCRYPT_COST: cost, DATABASE_URL: postgres.url, DATA_DIR: dataDir }),
};
const server: ChildProcess = spawn(process.execPath, ['apps/server/src/main.ts'], {
  env,
  stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
});
await once(server, 'message');
console.log(`bcrypt cost ${cost}, ${CLIENTS} clients, ${availableParallelism()} cores`);
try {
  await measure();
} finally {
  server.kill('SIGTERM');
  await once(server, 'exit');
  await postgres.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
