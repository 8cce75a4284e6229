import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Env } from '@linkgrove/api';

/** A server in a process of its own. */
export type ServerProcess = {
  port: number;
  /** CPU seconds used so far. */
  cpu: () => Promise<number>;
  stop: () => Promise<void>;
};

const PROGRAM = fileURLToPath(import.meta.resolve('./sign-up-server.ts'));

async function ask<T>(child: ChildProcess): Promise<T> {
  const [answer] = (await once(child, 'message')) as [T];
  return answer;
}

async function startServer(env: Env, flags: string[]): Promise<ServerProcess> {
  // Log lines are written, but to nowhere.
  const child = spawn(process.execPath, [...process.execArgv, PROGRAM, ...flags], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const { port } = await ask<{ port: number }>(child);
  return {
    port,
    cpu: async () => {
      child.send('cpu');
      const { user, system } = await ask<NodeJS.CpuUsage>(child);
      return (user + system) / 1e6;
    },
    stop: async () => {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

/** Starts `count` servers without hashing; with the flag `--no-strength` passwords are not judged either. */
export const startServers = (count: number, env: Env, flags: string[] = []): Promise<ServerProcess[]> =>
  Promise.all(Array.from({ length: count }, () => startServer(env, flags)));
