import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

// Debian keeps programs of administrators where others do not look.
const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin:/usr/local/sbin`;

/** Those of the programs that are not installed. */
export const listMissingPrograms = (programs: string[]): string[] =>
  programs.filter(
    (name) => spawnSync('sh', ['-c', `command -v ${name}`], { env: { ...process.env, PATH } }).status !== 0,
  );

export type Service = { child: ChildProcess; ended: Promise<unknown>; stop: () => Promise<void> };

/** Starts a program that is installed here, out of reach of Ctrl-C, and waits until it listens on its port. */
export async function startService(command: string, args: string[], port: number): Promise<Service> {
  const child = spawn(command, args, {
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, PATH },
  });
  const ended = once(child, 'exit');
  const isUp = await Promise.race([listens(port).then(() => true), ended.then(() => false)]);
  if (!isUp) throw new Error(`${command} did not start`);
  return {
    child,
    ended,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Ends what a cluster that was killed has left running: the process of a pid file, if it is still the one we started. */
export async function endLeftover(pidFile: string, command: string): Promise<void> {
  const read = (file: string): string => {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return '';
    }
  };
  const pid = Number(read(pidFile));
  const isOurs = () => pid > 0 && read(`/proc/${pid}/cmdline`).includes(command);
  if (isOurs()) process.kill(pid, 'SIGTERM');
  while (isOurs()) await sleep(50);
}

async function listens(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isOpen) return;
    await sleep(50);
  }
}

/** A port of 127.0.0.1 that nothing listens on. */
export async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
