import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** A program of this repository that runs in a process of its own. */
export type Program = {
  name: string;
  child: ChildProcess;
  /** Resolves when it has said that it is ready. */
  ready: Promise<void>;
  /** Resolves with the reason when it has ended. */
  ended: Promise<string>;
};

/** Starts a program out of reach of Ctrl-C; it stops by itself when this process is gone. */
export function startProgram(name: string, file: URL, env: NodeJS.ProcessEnv): Program {
  const child = spawn(process.execPath, [fileURLToPath(file)], {
    env,
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ready = new Promise<void>((resolve) => {
    child.on('message', (message: { type?: string }) => {
      if (message.type === 'ready') resolve();
    });
  });
  const ended = once(child, 'exit').then(
    ([code, signal]) => (signal ? `by ${signal}` : `with exit code ${code}`),
    (error: Error) => error.message,
  );
  return { name, child, ready, ended };
}

function signalGroup({ child }: Program, signal: NodeJS.Signals): void {
  try {
    if (child.pid) process.kill(-child.pid, signal);
  } catch {
    // It has ended already.
  }
}

/** Kills programs at once, with whatever they have started. */
export const killPrograms = (programs: Program[]): void =>
  programs.forEach((program) => signalGroup(program, 'SIGKILL'));

/** Lets programs end what they are doing, for `patience` milliseconds at most, and resolves when they are gone. */
export async function stopPrograms(programs: Program[], patience: number): Promise<void> {
  const ended = Promise.all(programs.map((program) => program.ended));
  for (const { child } of programs) child.kill('SIGTERM');
  await Promise.race([ended, sleep(patience, undefined, { ref: false })]);
  killPrograms(programs);
  await ended;
}
