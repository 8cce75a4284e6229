import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort, waitForPort } from './redis.ts';

export type TestPooler = {
  /** The database, by way of the pooler. */
  url: string;
  /** Ends it at once, as a crash does. */
  kill: () => Promise<void>;
  /** Starts it again on the same port. */
  restart: () => Promise<void>;
  close: () => Promise<void>;
};

/** A real PgBouncer in transaction mode before the server of a URL, with few connections to it and more `settings`. */
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
  // It refuses to run as root, and whom it runs as must be able to read this.
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
