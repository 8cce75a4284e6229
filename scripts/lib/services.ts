import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

// Debian installs servers in folders that are not in every user's PATH.
const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin:/usr/local/sbin`;

export const listMissingPrograms = (programs: string[]): string[] =>
  programs.filter(
    (name) => spawnSync('sh', ['-c', `command -v ${name}`], { env: { ...process.env, PATH } }).status !== 0,
  );

export type Service = { child: ChildProcess; ended: Promise<unknown>; stop: () => Promise<void> };

/** Starts an installed program that does not receive Ctrl-C, and waits until it listens on its port. */
export async function startService(command: string, args: string[], port: number): Promise<Service> {
  const child = spawn(command, args, {
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, PATH },
  });
  const ended = once(child, 'exit');
  const isUp = await Promise.race([waitForPort(port).then(() => true), ended.then(() => false)]);
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

/** Stops a process that a killed cluster left running, if the PID in the file still belongs to it. */
export async function endLeftover(pidFile: string, command: string): Promise<void> {
  const readIfPresent = (file: string): string => {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return '';
    }
  };
  const pid = Number(readIfPresent(pidFile));
  const isOurs = () => pid > 0 && readIfPresent(`/proc/${pid}/cmdline`).includes(command);
  if (isOurs()) process.kill(pid, 'SIGTERM');
  while (isOurs()) await sleep(50);
}

async function waitForPort(port: number): Promise<void> {
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
