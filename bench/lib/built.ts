import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Env } from '@linkgrove/api';
import { findFreePort } from '@linkgrove/api/testing';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const POLL_MS = 2;
const TICK_MS = 10;
const KILOBYTES_PER_MEGABYTE = 1024;

export type ProgramName = 'server' | 'worker' | 'bare';
export type BuiltProgram = {
  port: number;
  pid: number;
  /** From the spawn to the first answer of /healthz, in milliseconds. */
  firstAnswerMs: number;
  stop: () => Promise<void>;
};

export const PROGRAM_FILES: Record<ProgramName, string> = {
  server: 'apps/server/dist/main.js',
  worker: 'apps/worker/dist/main.js',
  bare: 'bench/lib/bare-program.mjs',
};

export const buildPrograms = (): Buffer =>
  execFileSync(process.execPath, ['scripts/build.ts'], { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });

function isAnswering(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ port, host: '127.0.0.1', path: '/healthz', agent: false }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode === 200));
    });
    asked.once('error', () => resolve(false)).end();
  });
}

async function stopProgram(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

/** Starts a program of the build, or a bare Node server to compare with, and waits for its first answer. */
export async function startBuilt(name: ProgramName, env: Env, flags: string[] = []): Promise<BuiltProgram> {
  const port = await findFreePort();
  const start = performance.now();
  const child = spawn(process.execPath, [...flags, PROGRAM_FILES[name]], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], ...env, [name === 'worker' ? 'WORKER_PORT' : 'PORT']: `${port}` },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  while (!(await isAnswering(port))) {
    if (child.exitCode !== null) throw new Error(`The ${name} did not start`);
    await sleep(POLL_MS);
  }
  const firstAnswerMs = performance.now() - start;
  return { port, pid: child.pid ?? 0, firstAnswerMs, stop: () => stopProgram(child) };
}

export type Memory = { resident: number; anonymous: number };

/** Returns resident memory in MiB, and the part of it that no file backs; NaN except on Linux. */
export function readMemory(pid: number): Memory {
  const read = (text: string, name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1]) / KILOBYTES_PER_MEGABYTE;
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return { resident: read(text, 'Rss'), anonymous: read(text, 'Anonymous') };
  } catch {
    return { resident: Number.NaN, anonymous: Number.NaN };
  }
}

/** Returns the CPU time of a process with all of its threads, in milliseconds; NaN except on Linux. */
export function readCpuMs(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    return Number.NaN;
  }
}
