import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { open, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SERVER_ENVIRONMENT, type Launcher } from './embedded-binaries.ts';

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  log_checkpoints: 'off',
  // The application logs failing statements, such as unique violations, itself.
  log_min_messages: 'log',
};
const QUIT_AFTER_MS = 3_000;
const GIVE_UP_AFTER_MS = 10_000;

export type Process = { pid: number; port: number };

function readCommandLine(pid: number): string {
  if (process.platform !== 'linux') {
    return spawnSync('ps', ['-ww', '-o', 'command=', '-p', `${pid}`], { encoding: 'utf8' }).stdout;
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

const isServerOf = (pid: number, data: string): boolean =>
  readCommandLine(pid).includes(`/postgres -D ${data} `);

export async function findServer(data: string): Promise<Process | undefined> {
  const file = join(data, 'postmaster.pid');
  const text = await readFile(file, 'utf8').catch(() => '');
  const lines = text.split('\n');
  const [pid, port] = [Number(lines[0]), Number(lines[3])];
  if (!pid || !port) return undefined;
  if (isServerOf(pid, data)) return { pid, port };
  // The PID may be another program's by now. Rewritten, not removed: PostgreSQL looks for orphans with this file.
  if (pid !== process.pid) await writeFile(file, text.replace(/^\d+/, `${process.pid}`));
  return undefined;
}

export async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

export async function spawnServer(
  { data, log, launcher }: { data: string; log: string; launcher: Launcher },
  settings: Record<string, string>,
): Promise<ChildProcess> {
  const flags = Object.entries({ ...SETTINGS, ...settings }).map(([name, value]) => `--${name}=${value}`);
  const [command = '', ...args] = [...launcher.prefix, join(launcher.bin, 'postgres'), '-D', data, ...flags];
  const output = await open(log, 'a', 0o600);
  const stdio = ['ignore' as const, output.fd, output.fd];
  // Detached, because Ctrl-C must reach the application first.
  const child = spawn(command, args, {
    detached: true,
    stdio,
    env: SERVER_ENVIRONMENT,
    ...launcher.owner,
  });
  child.on('error', () => {});
  child.unref();
  await output.close();
  return child;
}

export async function findLastFault(log: string): Promise<string> {
  const lines = (await readFile(log, 'utf8')).trim().split('\n').slice(-5);
  return lines.findLast((line) => /FATAL|PANIC/.test(line)) ?? lines.at(-1) ?? '';
}

/** Does not wait for clients. Throws if the server does not stop. */
export async function stopServer(pid: number, data: string): Promise<void> {
  const start = Date.now();
  const signals: NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];
  while (isServerOf(pid, data)) {
    const elapsed = Date.now() - start;
    if (signals.length === 2 || (signals.length === 1 && elapsed > QUIT_AFTER_MS)) {
      const signal = signals.shift();
      process.kill(pid, signal);
    }
    if (elapsed > GIVE_UP_AFTER_MS) throw new Error(`PostgreSQL (process ${pid}) does not stop`);
    await sleep(20);
  }
}
