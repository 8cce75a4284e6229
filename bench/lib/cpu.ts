import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const TICKS_PER_SECOND = 100;

type Stat = { parent: number; own: number; ended: number };

function readStat(pid: string | number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may contain any character.
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const fieldAt = (index: number) => fields[index - 3] ?? 0;
    return { parent: fieldAt(4), own: fieldAt(14) + fieldAt(15), ended: fieldAt(16) + fieldAt(17) };
  } catch {
    return undefined;
  }
}

/** Returns the CPU seconds that a process has used, all threads included; NaN except on Linux. */
export function readProcessCpu(pid: number): number {
  return (readStat(pid)?.own ?? Number.NaN) / TICKS_PER_SECOND;
}

/** Returns the CPU seconds that PostgreSQL has used, including closed connections; 0 except on Linux. */
export function readPostgresCpu(dataDir: string): number {
  try {
    const file = readFileSync(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8');
    const postmaster = Number(file.split('\n')[0]);
    const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    const used = children.map(readStat).filter((stat) => stat?.parent === postmaster);
    const { own = 0, ended = 0 } = readStat(postmaster) ?? {};
    return used.reduce((sum, stat) => sum + (stat?.own ?? 0), own + ended) / TICKS_PER_SECOND;
  } catch {
    return 0;
  }
}
