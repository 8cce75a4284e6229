import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

const POLL_MS = 500;
const SHELLS = new Set(['sh', 'dash', 'ash', 'bash', 'zsh', 'busybox']);

function parentOf(pid: number): number | undefined {
  try {
    // The name in brackets may hold anything, so the fields are counted from its end.
    const [, fields = ''] = /.*\) \S (.*)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return Number.parseInt(fields, 10);
  } catch {
    return undefined;
  }
}

function isShell(pid: number): boolean {
  try {
    return SHELLS.has(basename(readFileSync(`/proc/${pid}/comm`, 'utf8').trim()));
  } catch {
    return false;
  }
}

/**
 * Calls back once when the package manager that runs this script is gone: one that is killed leaves its
 * script running without a signal. It may have put a shell in between, which then ends or loses its parent.
 * Does nothing when the script was started directly, since that may well outlive the shell it came from.
 */
export function onRunnerGone(script: string, callback: () => void): void {
  if (process.env['npm_lifecycle_event'] !== script) return;
  const parent = process.ppid;
  const grandparent = isShell(parent) ? parentOf(parent) : undefined;
  const timer = setInterval(() => {
    if (process.ppid === parent && (!grandparent || parentOf(parent) === grandparent)) return;
    clearInterval(timer);
    callback();
  }, POLL_MS);
  timer.unref();
}
