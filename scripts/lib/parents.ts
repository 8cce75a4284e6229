import { readFileSync } from 'node:fs';

const POLL_MS = 500;
const SHELLS = new Set(['sh', 'dash', 'ash', 'bash', 'zsh', 'busybox']);

type Relations = { name: string; parent: number; group: number };

function readRelations(pid: number | 'self'): Relations | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may contain any character.
    const [, name = '', parent, group] = /\((.*)\) \S (\d+) (\d+)/s.exec(stat) ?? [];
    return { name, parent: Number(parent), group: Number(group) };
  } catch {
    return undefined;
  }
}

/** Finds the package manager that runs this script, possibly through a shell. */
function findRunner(): number {
  const parent = readRelations(process.ppid);
  return parent && SHELLS.has(parent.name) ? parent.parent : process.ppid;
}

/**
 * Calls back once when the package manager that runs this script has ended; if it is killed, the script gets no signal.
 * Does nothing if the script was started directly, because it may then outlive its shell.
 */
export function watchRunner(script: string, callback: () => void): void {
  if (process.env['npm_lifecycle_event'] !== script) return;
  const runner = findRunner();
  // A runner shares its process group with its script. A different group means that it was already gone, and that the
  // parent is the process that adopts orphans.
  const wasGone = readRelations(runner)?.group !== readRelations('self')?.group;
  const timer = setInterval(() => {
    if (!wasGone && findRunner() === runner) return;
    clearInterval(timer);
    callback();
  }, POLL_MS);
  timer.unref();
}
