import { readFileSync } from 'node:fs';

const POLL_MS = 500;
const SHELLS = new Set(['sh', 'dash', 'ash', 'bash', 'zsh', 'busybox']);

type Relations = { name: string; parent: number; group: number };

function relationsOf(pid: number | 'self'): Relations | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may hold anything, brackets included.
    const [, name = '', parent, group] = /\((.*)\) \S (\d+) (\d+)/s.exec(stat) ?? [];
    return { name, parent: Number(parent), group: Number(group) };
  } catch {
    return undefined;
  }
}

/** The package manager that runs this script, which may have put a shell in between. */
function findRunner(): number {
  const parent = relationsOf(process.ppid);
  return parent && SHELLS.has(parent.name) ? parent.parent : process.ppid;
}

/**
 * Calls back once when the package manager that runs this script is gone: one that is killed leaves its
 * script running without a signal. Does nothing when the script was started directly, since it may then
 * well outlive the shell it came from.
 */
export function watchRunner(script: string, callback: () => void): void {
  if (process.env['npm_lifecycle_event'] !== script) return;
  const runner = findRunner();
  // A runner shares its process group with its script. Who takes in orphans does not: it was killed before.
  const wasGone = relationsOf(runner)?.group !== relationsOf('self')?.group;
  const timer = setInterval(() => {
    if (!wasGone && findRunner() === runner) return;
    clearInterval(timer);
    callback();
  }, POLL_MS);
  timer.unref();
}
