import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Env } from '../core/config/config.ts';
import { testEnv } from './config.ts';

export type TestProgram = {
  child: ChildProcess;
  /** Returns its output so far. */
  output: () => string;
  signal: (signal: NodeJS.Signals) => void;
  /** Resolves with its exit code; null if a signal ended it. */
  ended: Promise<number | null>;
  /** Kills it if it is still running. */
  kill: () => Promise<void>;
};

const ROOT = new URL('../../../../', import.meta.url);
/** As `npm start` does, so that a program starts with half the work. */
const NODE_COMPILE_CACHE = fileURLToPath(new URL('node_modules/.cache/node', ROOT));

/** Starts a program of this repository in its own process, and resolves when it reports that it is ready. */
export async function startProgram(file: string, env: Env): Promise<TestProgram> {
  const child = spawn(process.execPath, [fileURLToPath(new URL(file, ROOT))], {
    cwd: fileURLToPath(ROOT),
    env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE, ...testEnv(env) },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part) => (text += part));
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  const ready = once(child, 'message').then(() => true);
  const isReady = await Promise.race([ready, ended.then(() => false)]);
  if (!isReady) throw new Error(`${file} did not start: ${text}`);
  return {
    child,
    output: () => text,
    signal: (signal) => void child.kill(signal),
    ended,
    kill: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await ended;
    },
  };
}
