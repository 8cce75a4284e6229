import { execFile, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Script } from './statement.ts';

/** Throws where pgbench cannot be run. */
export function requirePgbench(): void {
  if (spawnSync('pgbench', ['--version']).status === 0) return;
  throw new Error('pgbench is needed; on Debian: apt install postgresql-contrib');
}

let runs = 0;

/** Has pgbench repeat a statement from many clients at once; returns how often per second it did. */
export async function runPgbench(
  script: Script,
  options: { url: string; folder: string; mode: 'extended' | 'prepared'; clients: number; seconds: number },
): Promise<number> {
  const { url, folder, mode, clients, seconds } = options;
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
  const { stdout } = await promisify(execFile)('pgbench', [...load, ...defines, url]);
  const failed = /number of failed transactions: (\d+)/.exec(stdout)?.[1];
  if (failed !== undefined && failed !== '0') throw new Error(`pgbench failed ${failed} times`);
  return Number(/^tps = ([\d.]+)/m.exec(stdout)?.[1] ?? 0);
}
