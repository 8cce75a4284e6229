import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';

export type TestRedis = {
  url: string;
  port: number;
  /** Kills it without a graceful stop. */
  kill: () => Promise<void>;
  /** Suspends it: connections stay open but get no answers until `resume`. */
  freeze: () => void;
  resume: () => void;
  /** Changes a setting at run time. */
  configure: (name: string, value: string) => Promise<void>;
  /** Restarts it on the same port; empty unless its settings keep the data. */
  restart: () => Promise<void>;
  close: () => Promise<void>;
};

/** Whether a program is installed. Throws if it is not and tests must not be skipped (`CI`). */
export function hasProgram(name: string, env: Record<string, string | undefined>): boolean {
  const isInstalled = spawnSync('sh', ['-c', `PATH=$PATH:/usr/sbin:/sbin command -v ${name}`]).status === 0;
  if (!isInstalled && env['CI']) throw new Error(`${name} is not installed; .ci/run installs it`);
  // A skipped test must not look like a passed one.
  if (!isInstalled)
    process.stderr.write(`\n*** SKIPPED: these tests need ${name}, which is not installed ***\n\n`);
  return isInstalled;
}

/**
 * Finds a free port of 127.0.0.1, below those that Linux gives to whoever asks for any port, so that nobody gets it before
 * the caller.
 */
export async function findFreePort(): Promise<number> {
  // `fetch` refuses port 10080.
  const port = randomInt(10_081, 32_000);
  const probe = createServer().listen(port, '127.0.0.1');
  const isFree = await once(probe, 'listening').then(
    () => true,
    () => false,
  );
  if (!isFree) return findFreePort();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** Resolves when something listens on a port of 127.0.0.1. Throws after thirty seconds. */
export async function waitForPort(port: number): Promise<void> {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await sleep(20)) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isOpen) return;
  }
  throw new Error(`Nothing listens on port ${port}`);
}

/** Starts redis-server and resolves when it listens. Throws if it exits instead, as on a port that was just taken. */
async function spawnRedis(port: number, settings: Record<string, string>): Promise<ChildProcess> {
  const all = { port: `${port}`, bind: '127.0.0.1', save: '', loglevel: 'warning', ...settings };
  const flags = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
  const child = spawn('redis-server', flags, { stdio: 'ignore' });
  const ended = once(child, 'exit').then(() => false);
  const isUp = await Promise.race([waitForPort(port).then(() => true), ended]);
  if (!isUp) throw new Error(`redis-server did not start on port ${port}`);
  return child;
}

/** Retries, because another process may take a free port. */
async function retry<T>(work: () => Promise<T>, attempts = 5): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (attempts === 1) throw error;
    await sleep(100);
    return retry(work, attempts - 1);
  }
}

/** Starts a real redis-server on a free port. A `settings` function is called again for each attempt. */
export async function startRedis(
  settings: Record<string, string> | (() => Promise<Record<string, string>>) = {},
): Promise<TestRedis> {
  const dir = mkdtempSync(join(tmpdir(), 'linkgrove-redis-'));
  const first = await retry(async () => {
    const given = typeof settings === 'function' ? await settings() : settings;
    const all = { dir, ...given };
    const freePort = await findFreePort();
    return { all, port: freePort, child: await spawnRedis(freePort, all) };
  });
  const { all, port } = first;
  let { child } = first;
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    kill,
    freeze: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    configure: async (name, value) => {
      const client = new Redis(port, '127.0.0.1');
      await client.config('SET', name, value).finally(() => client.disconnect());
    },
    restart: async () => {
      await kill();
      child = await retry(() => spawnRedis(port, all));
    },
    close: async () => {
      await kill();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
