import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** PgBouncer refuses to run as root. */
const NOBODY = { name: 'nobody', uid: 65_534, gid: 65_534 };
const isRoot = process.getuid?.() === 0;

/** Recommended in docs/operations.md. */
const SETTINGS = {
  pool_mode: 'transaction',
  // After PostgreSQL was away, PgBouncer refuses for up to this long; its default is 15 seconds.
  server_login_retry: 1,
  default_pool_size: 20,
  max_client_conn: 500,
};

const giveToUser = (path: string): void => {
  if (isRoot) chownSync(path, NOBODY.uid, NOBODY.gid);
};

/**
 * Writes the configuration of a PgBouncer in front of a database, to a folder that only its own user can enter. Returns its
 * arguments and the URL to use instead.
 */
export function preparePgBouncer(
  port: number,
  databaseUrl: string,
): { args: string[]; port: number; url: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'linkgrove-pgbouncer-'));
  const write = (name: string, lines: string[]): string => {
    const file = join(folder, name);
    writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
    giveToUser(file);
    return file;
  };
  const url = new URL(databaseUrl);
  const all = {
    listen_addr: '127.0.0.1',
    listen_port: port,
    unix_socket_dir: '',
    auth_type: 'scram-sha-256',
    auth_file: write('users.txt', [`"${url.username}" "${url.password}"`]),
    ...SETTINGS,
  };
  const file = write('pgbouncer.ini', [
    '[databases]',
    `* = host=${url.hostname} port=${url.port}`,
    '[pgbouncer]',
    ...Object.entries(all).map(([name, value]) => `${name} = ${value}`),
  ]);
  giveToUser(folder);
  url.port = `${port}`;
  return {
    args: ['-q', ...(isRoot ? ['-u', NOBODY.name] : []), file],
    port,
    url: url.href,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
