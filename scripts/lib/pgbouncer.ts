import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** PgBouncer refuses to run as root. */
const NOBODY = { name: 'nobody', uid: 65_534, gid: 65_534 };
const isRoot = process.getuid?.() === 0;

/** What docs/operations.md says about PgBouncer. */
const SETTINGS = {
  pool_mode: 'transaction',
  // After PostgreSQL was away, PgBouncer refuses for up to this long; its default is 15 seconds.
  server_login_retry: 1,
  default_pool_size: 20,
  max_client_conn: 500,
};

/** Only its own user may read the password. */
function writePrivately(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 });
  if (isRoot) chownSync(file, NOBODY.uid, NOBODY.gid);
}

/** Writes the configuration of a PgBouncer in front of a database. Returns its arguments and the URL to use instead. */
export function preparePgBouncer(
  folder: string,
  port: number,
  databaseUrl: string,
): { args: string[]; port: number; url: string } {
  const target = new URL(databaseUrl);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (isRoot) chownSync(folder, NOBODY.uid, NOBODY.gid);
  const all = {
    listen_addr: '127.0.0.1',
    listen_port: port,
    unix_socket_dir: '',
    auth_type: 'scram-sha-256',
    auth_file: join(folder, 'users.txt'),
    logfile: join(folder, 'pgbouncer.log'),
    pidfile: join(folder, 'pgbouncer.pid'),
    ...SETTINGS,
  };
  writePrivately(all.auth_file, `"${target.username}" "${target.password}"\n`);
  const file = join(folder, 'pgbouncer.ini');
  const lines = Object.entries(all).map(([name, value]) => `${name} = ${value}`);
  writePrivately(
    file,
    ['[databases]', `* = host=${target.hostname} port=${target.port}`, '[pgbouncer]', ...lines, ''].join(
      '\n',
    ),
  );
  target.port = `${port}`;
  return { args: ['-q', ...(isRoot ? ['-u', NOBODY.name] : []), file], port, url: target.href };
}
