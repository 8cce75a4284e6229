import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export type Program = {
  name: string;
  child: ChildProcess;
  ready: Promise<void>;
  /** Resolves with the reason when it ends. */
  ended: Promise<string>;
};

/** Starts a program that does not receive Ctrl-C. It stops by itself when this process ends. */
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
    // The group has already ended.
  }
}

export const killPrograms = (programs: Program[]): void =>
  programs.forEach((program) => signalGroup(program, 'SIGKILL'));

export async function stopPrograms(programs: Program[], timeoutMs: number): Promise<void> {
  const ended = Promise.all(programs.map((program) => program.ended));
  for (const { child } of programs) child.kill('SIGTERM');
  await Promise.race([ended, sleep(timeoutMs, undefined, { ref: false })]);
  killPrograms(programs);
  await ended;
}
