import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Script } from './statement.ts';

const DEBIAN = '/usr/lib/postgresql';

export function findPgbench(): string {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).toReversed() : [];
  const candidates = ['pgbench', ...versions.map((version) => join(DEBIAN, version, 'bin/pgbench'))];
  const found = candidates.find((command) => spawnSync(command, ['--version']).status === 0);
  if (found) return found;
  throw new Error('pgbench is not installed. On Debian: apt install postgresql-contrib');
}

export type PgbenchOptions = {
  command: string;
  url: string;
  folder: string;
  /** `extended` parses and plans the statement each time, `prepared` once per connection. */
  mode: 'extended' | 'prepared';
  clients: number;
  seconds: number;
};

let runs = 0;

/** Runs a statement with pgbench from many clients. Returns the rate per second. */
export async function runPgbench(script: Script, options: PgbenchOptions): Promise<number> {
  const { command, url, folder, mode, clients, seconds } = options;
  const file = join(folder, 'sign-up.sql');
  // No two runs use the same numbers.
  const first = (runs += 1) * 20_000_000;
  writeFileSync(
    file,
    `\\set i :i + 1\n\\set n ${first} + :i * ${clients} + :client_id\n${script.sql.trim()};\n`,
  );
  const load = ['-n', '-M', mode, '-c', String(clients), '-j', '2', '-T', String(seconds), '-f', file];
  const defines = Object.entries({ i: '0', ...script.constants }).map(
    ([name, value]) => `-D${name}=${value}`,
  );
  const { stdout } = await promisify(execFile)(command, [...load, ...defines, url]);
  const failed = /number of failed transactions: (\d+)/.exec(stdout)?.[1];
  if (failed !== undefined && failed !== '0') throw new Error(`pgbench failed ${failed} times`);
  return Number(/^tps = ([\d.]+)/m.exec(stdout)?.[1] ?? 0);
}
