import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort, waitForPort } from './redis.ts';

export type TestPooler = {
  /** URL of the database through the pooler. */
  url: string;
  /** Kills it without a graceful stop. */
  kill: () => Promise<void>;
  /** Restarts it on the same port. */
  restart: () => Promise<void>;
  close: () => Promise<void>;
};

/** Starts a real PgBouncer in transaction mode in front of a database server, with few connections to it. */
export async function startPgBouncer(databaseUrl: string, settings: string[] = []): Promise<TestPooler> {
  const { hostname, port, username, password, pathname } = new URL(databaseUrl);
  const listenPort = await findFreePort();
  const dir = mkdtempSync(join(tmpdir(), 'linkgrove-pgbouncer-'));
  const file = join(dir, 'pgbouncer.ini');
  const lines = [
    '[databases]',
    `* = host=${hostname} port=${port} user=${username} password=${password}`,
    '[pgbouncer]',
    'pool_mode = transaction',
    'default_pool_size = 4',
    'max_client_conn = 500',
    'listen_addr = 127.0.0.1',
    `listen_port = ${listenPort}`,
    'unix_socket_dir =',
    'auth_type = any',
    ...settings,
  ];
  writeFileSync(file, lines.join('\n'));
  // PgBouncer refuses to run as root, and `nobody` must be able to read the file.
  chmodSync(dir, 0o755);
  const flags = process.getuid?.() === 0 ? ['-u', 'nobody', file] : [file];
  let child: ChildProcess;
  const restart = async () => {
    child = spawn('pgbouncer', flags, {
      stdio: 'ignore',
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
    });
    await waitForPort(listenPort);
  };
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  await restart();
  return {
    url: `postgres://${username}:${password}@127.0.0.1:${listenPort}${pathname}`,
    kill,
    restart,
    close: async () => {
      await kill();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
