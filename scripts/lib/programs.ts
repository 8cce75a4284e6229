import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DEFAULT_SETTINGS, PROGRAM_FLAGS } from './program-settings.ts';

export type ProgramName = 'server' | 'worker';
export type Program = {
  name: string;
  child: ChildProcess;
  ready: Promise<void>;
  /** Resolves with the reason when it ends. */
  ended: Promise<string>;
};

/** Starts a program that does not receive Ctrl-C. It stops by itself when this process ends. */
export const startProgram = (name: ProgramName, file: URL, env: NodeJS.ProcessEnv): Program =>
  spawnProgram(name, [file], env);

/** Loads the modules of a program, whose name is that of its folder; `run` starts it with further settings. */
export function prepareProgram(
  name: ProgramName,
  env: NodeJS.ProcessEnv,
): Program & { run: (settings: NodeJS.ProcessEnv) => Promise<void> } {
  const source = new URL(`../../apps/${name}/src/`, import.meta.url);
  const files = [
    new URL('prepared-program.ts', import.meta.url),
    new URL(`${name}.ts`, source),
    new URL('main.ts', source),
  ];
  const program = spawnProgram(name, files, env);
  return {
    ...program,
    run: (settings) => {
      // It may have ended already, which `ended` tells.
      program.child.send(settings, () => {});
      return program.ready;
    },
  };
}

function spawnProgram(name: ProgramName, files: URL[], env: NodeJS.ProcessEnv): Program {
  const child = spawn(
    process.execPath,
    [...PROGRAM_FLAGS[name], ...files.map((file) => fileURLToPath(file))],
    {
      env: { ...DEFAULT_SETTINGS, ...env },
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    },
  );
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
