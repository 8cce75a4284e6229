import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
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
  /** Ends it at once, as a crash does. */
  kill: () => Promise<void>;
  /** Lets it hold its connections and answer nothing, until `resume`. */
  freeze: () => void;
  resume: () => void;
  /** Changes a setting while it runs. */
  configure: (name: string, value: string) => Promise<void>;
  /** Starts it again where it was, on the same port; empty unless it was made to keep its data. */
  restart: () => Promise<void>;
  close: () => Promise<void>;
};

/** Whether a program is installed; where tests must not be skipped (`CI`), its absence is an error. */
export function hasProgram(name: string, env: Record<string, string | undefined>): boolean {
  const isThere = spawnSync('sh', ['-c', `PATH=$PATH:/usr/sbin:/sbin command -v ${name}`]).status === 0;
  if (!isThere && env['CI']) throw new Error(`${name} is not installed; .ci/run installs it`);
  // A test that is left out must not look like one that passed.
  if (!isThere)
    process.stderr.write(`\n*** SKIPPED: these tests need ${name}, which is not installed ***\n\n`);
  return isThere;
}

/** A port of 127.0.0.1 that nothing listens on. */
export async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

/** Resolves when something listens on a port of 127.0.0.1; throws after ten seconds. */
export async function waitForPort(port: number): Promise<void> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await sleep(20)) {
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

/** Starts redis-server and resolves when it listens; throws where it ends instead, as on a port that was just taken. */
async function spawnRedis(port: number, settings: Record<string, string>): Promise<ChildProcess> {
  const all = { port: `${port}`, bind: '127.0.0.1', save: '', loglevel: 'warning', ...settings };
  const flags = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
  const child = spawn('redis-server', flags, { stdio: 'ignore' });
  const ended = once(child, 'exit').then(() => false);
  const isUp = await Promise.race([waitForPort(port).then(() => true), ended]);
  if (!isUp) throw new Error(`redis-server does not start on port ${port}`);
  return child;
}

/** Tries again, since a port that was free may be someone's a moment later. */
async function persist<T>(work: () => Promise<T>, attempts = 5): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (attempts === 1) throw error;
    await sleep(100);
    return persist(work, attempts - 1);
  }
}

/** A real redis-server of one test, on a free port, with what `settings` say; a function is asked at each attempt. */
export async function startRedis(
  settings: Record<string, string> | (() => Promise<Record<string, string>>) = {},
): Promise<TestRedis> {
  const dir = mkdtempSync(join(tmpdir(), 'linkgrove-redis-'));
  const first = await persist(async () => {
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
      child = await persist(() => spawnRedis(port, all));
    },
    close: async () => {
      await kill();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
