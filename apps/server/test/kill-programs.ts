import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const root = new URL('../../..', import.meta.url).pathname;

/** A program that is killed and restarted. */
export type Program = {
  /** Undefined while it is down, and for a worker. */
  url: () => string | undefined;
  isUp: () => boolean;
  start: () => Promise<void>;
  /** Lets it finish its work. */
  stop: () => Promise<void>;
  /** Ends it like a crash. */
  kill: () => Promise<void>;
};

// The server logs its address: a free port each time, so that nothing can take it in between.
const LISTENING = /Server listening at (http:\/\/127\.0\.0\.1:\d+)/;

/** One of our programs in its own process, not started yet. */
export function createProgram(name: 'server' | 'worker', env: Record<string, string | undefined>): Program {
  let child: ChildProcess | undefined;
  let url: string | undefined;
  let ready = false;

  async function start(): Promise<void> {
    const started = spawn(process.execPath, [`apps/${name}/src/main.ts`], {
      cwd: root,
      env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'], ...env },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    child = started;
    const lines = createInterface({ input: started.stdout as Readable });
    const listening = new Promise<string>((resolve) => {
      lines.on('line', (line) => {
        const found = LISTENING.exec(line)?.[1];
        if (found) resolve(found);
      });
    });
    const isReady = name === 'server' ? listening.then((at) => (url = at)) : once(started, 'message');
    const ended = once(started, 'exit').then(() => Promise.reject(new Error(`The ${name} does not start`)));
    await Promise.race([isReady, ended]);
    ended.catch(() => {});
    ready = true;
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    [url, ready] = [undefined, false];
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }

  return {
    url: () => url,
    isUp: () => ready,
    start,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}
