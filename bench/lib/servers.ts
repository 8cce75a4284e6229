import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Env } from '@linkgrove/api';

/** In seconds: of all threads, and of the one that runs JavaScript. */
export type ServerCpu = { all: number; main: number };
export type ServerProcess = {
  port: number;
  cpu: () => Promise<ServerCpu>;
  stop: () => Promise<void>;
};

const PROGRAM = fileURLToPath(import.meta.resolve('./sign-up-server.ts'));

async function waitForMessage<T>(child: ChildProcess): Promise<T> {
  const [message]: T[] = await once(child, 'message');
  if (message === undefined) throw new Error('The server sent no message');
  return message;
}

const toSeconds = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1e6;

async function startServer(env: Env, flags: string[]): Promise<ServerProcess> {
  // Log lines are formatted but discarded.
  const child = spawn(process.execPath, [...process.execArgv, PROGRAM, ...flags], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const { port } = await waitForMessage<{ port: number }>(child);
  return {
    port,
    cpu: async () => {
      child.send('cpu');
      const { all, main } = await waitForMessage<Record<'all' | 'main', NodeJS.CpuUsage>>(child);
      return { all: toSeconds(all), main: toSeconds(main) };
    },
    stop: async () => {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

/** Starts `count` servers without password hashing; with the flag `--no-strength` also without the strength check. */
export const startServers = (count: number, env: Env, flags: string[] = []): Promise<ServerProcess[]> =>
  Promise.all(Array.from({ length: count }, () => startServer(env, flags)));
