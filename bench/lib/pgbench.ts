import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Script } from './statement.ts';

const DEBIAN = '/usr/lib/postgresql';

/** The command that runs pgbench. Throws where there is none. */
export function findPgbench(): string {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).toReversed() : [];
  const candidates = ['pgbench', ...versions.map((version) => join(DEBIAN, version, 'bin/pgbench'))];
  const found = candidates.find((command) => spawnSync(command, ['--version']).status === 0);
  if (found) return found;
  throw new Error('pgbench is needed; on Debian: apt install postgresql-contrib');
}

export type PgbenchOptions = {
  command: string;
  url: string;
  /** Where the script is written. */
  folder: string;
  /** Whether the statement is parsed and planned each time, or once per connection. */
  mode: 'extended' | 'prepared';
  clients: number;
  seconds: number;
};

let runs = 0;

/** Has pgbench repeat a statement from many clients at once; returns how often per second it did. */
export async function runPgbench(script: Script, options: PgbenchOptions): Promise<number> {
  const { command, url, folder, mode, clients, seconds } = options;
  const file = join(folder, 'sign-up.sql');
  // Every run has numbers of its own.
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
