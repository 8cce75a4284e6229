import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Env } from '@linkgrove/api';

export type ServerProcess = {
  port: number;
  cpu: () => Promise<number>;
  stop: () => Promise<void>;
};

const PROGRAM = fileURLToPath(import.meta.resolve('./sign-up-server.ts'));

async function waitForMessage<T>(child: ChildProcess): Promise<T> {
  const [message]: T[] = await once(child, 'message');
  if (message === undefined) throw new Error('The server sent no message');
  return message;
}

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
      const { user, system } = await waitForMessage<NodeJS.CpuUsage>(child);
      return (user + system) / 1e6;
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
