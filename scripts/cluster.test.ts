import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { findFreePort, hasProgram } from '@linkgrove/api/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const SCRIPT = fileURLToPath(new URL('cluster.ts', import.meta.url));
const isComplete = ['nginx', 'pgbouncer', 'redis-server']
  .map((name) => hasProgram(name, process.env))
  .every(Boolean);

function runCluster(env: Record<string, string>) {
  const { PATH = '', HOME = '' } = process.env;
  const child: ChildProcess = spawn(process.execPath, [SCRIPT], {
    env: { PATH, HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part) => (text += part));
  return { child, output: () => text, ended: once(child, 'exit').then(([code]) => code as number | null) };
}

it('npm run cluster reports missing programs and starts nothing', async () => {
  const one = runCluster({ PATH: '/nowhere', DATA_DIR: '/nowhere' });
  expect(await one.ended).toBe(1);
  expect(one.output()).toContain('Missing: ');
  expect(one.output()).toContain('redis-server');
});

describe.skipIf(!isComplete)('npm run cluster', { timeout: 240_000 }, () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'linkgrove-cluster-'));
  let cluster: ReturnType<typeof runCluster>;
  let url: string;

  beforeAll(async () => {
    const port = await findFreePort();
    url = `http://127.0.0.1:${port}`;
    cluster = runCluster({
      PORT: `${port}`,
      DATA_DIR: dataDir,
      BCRYPT_COST: '4',
      LOG_LEVEL: 'error',
      RATE_LIMIT_REGISTER: '100000/1m',
      RATE_LIMIT_GLOBAL: '1000000/1m',
    });
    const deadline = Date.now() + 120_000;
    while (!cluster.output().includes('The cluster is ready')) {
      if (cluster.child.exitCode !== null || Date.now() > deadline) throw new Error(cluster.output());
      await sleep(100);
    }
  }, 150_000);
  afterAll(async () => {
    cluster.child.kill('SIGTERM');
    await cluster.ended;
    rmSync(dataDir, { recursive: true, force: true });
  }, 60_000);

  const post = (path: string, body: object) =>
    fetch(`${url}/api/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const signUp = async (name: string): Promise<number> => {
    const person = { email: `${name}@example.com`, username: name, password: 'correct-horse-battery' };
    const response = await post('register', person).catch((error: Error) => ({ status: error.message }));
    if ('arrayBuffer' in response) await response.arrayBuffer();
    return response.status as number;
  };
  const readPids = (label: string) =>
    [...cluster.output().matchAll(new RegExp(`${label} runs as process (\\d+)`, 'g'))].map(([, pid]) =>
      Number(pid),
    );

  it('replaces its servers one by one under load without failing a request', async () => {
    const statuses: (number | string)[] = [];
    let isOver = false;
    const clients = Array.from({ length: 6 }, async (_, client) => {
      for (let n = 0; !isOver; n++) {
        statuses.push(await signUp(`c${client}n${n}`));
        const health = await fetch(`${url}/healthz`).catch((error: Error) => ({ status: error.message }));
        statuses.push(health.status === 200 ? 201 : health.status);
      }
    });
    await sleep(500);
    cluster.child.kill('SIGUSR2');
    await expect.poll(cluster.output, { timeout: 120_000 }).toContain('All servers have been replaced');
    await sleep(500);
    isOver = true;
    await Promise.all(clients);
    expect(statuses.length).toBeGreaterThan(100);
    expect(new Set(statuses)).toEqual(new Set([201]));
    for (const label of ['Server 1', 'Server 2']) expect(new Set(readPids(label)).size).toBe(2);
  });

  it('keeps working with one server and one worker when the others are killed', async () => {
    process.kill(readPids('Server 1').at(-1) ?? 0, 'SIGKILL');
    process.kill(readPids('Worker 1').at(-1) ?? 0, 'SIGKILL');
    // Requests in flight to the killed server may fail.
    await sleep(500);
    for (let n = 0; n < 10; n++) expect(await signUp(`left${n}`)).toBe(201);
    const mailed = async () => {
      const mails = (await (await fetch(`${url}/dev/mail.json`)).json()) as { to: string }[];
      return mails.filter(({ to }) => to.startsWith('left')).length;
    };
    await expect.poll(mailed).toBe(10);
  });

  it('FT53: signs people up again soon after PostgreSQL was killed behind PgBouncer', async () => {
    const read = (file: string) => readFileSync(join(dataDir, 'postgres', file), 'utf8');
    const [pid, , , port] = read('data/postmaster.pid').split('\n');
    const straight = `postgres://postgres:${read('password')}@127.0.0.1:${port}/linkgrove`;
    const isBack = async () => {
      const client = new pg.Client({ connectionString: straight });
      const back = await client.connect().then(
        () => true,
        () => false,
      );
      await client.end();
      return back;
    };
    process.kill(Number(pid), 'SIGKILL');
    let count = 0;
    const statuses: (number | string)[] = [];
    const signUpNext = async () => {
      statuses.push(await signUp(`again${(count += 1)}`));
      return statuses.at(-1);
    };
    await expect.poll(isBack).toBe(true);
    // With PgBouncer's default for `server_login_retry` it takes up to 15 seconds.
    await expect.poll(signUpNext, { timeout: 10_000, interval: 100 }).toBe(201);
    expect(new Set(statuses).isSubsetOf(new Set([201, 503]))).toBe(true);
  });

  it('stops all its programs on SIGTERM', async () => {
    cluster.child.kill('SIGTERM');
    expect(await cluster.ended).toBe(0);
    for (const label of ['Server', 'Worker'])
      for (const pid of readPids(`${label} \\d`)) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed');
  });
});
