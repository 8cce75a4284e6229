import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const SCRIPT = fileURLToPath(new URL('start.ts', import.meta.url));
const READY = 'Ctrl-C stops everything.';

// Runs a script as npm does, through a shell.
const NPM = `
  const shell = ['-c', 'echo shell started; "$0" "$1"; true', ...process.argv.slice(1)];
  require('child_process').spawn('sh', shell, { stdio: 'inherit' });`;

type Run = { child: ChildProcess; output: () => string; ended: Promise<number | null> };

let dataDir: string;
let port: number;
let runs: Run[] = [];

async function listen(on: number): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(on, '127.0.0.1', resolve));
  return server;
}

async function freePort(): Promise<number> {
  const server = await listen(0);
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

beforeAll(async () => {
  const parent = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  dataDir = await mkdtemp(join(parent, 'linkgrove-start-'));
  port = await freePort();
});

afterAll(() => rm(dataDir, { recursive: true, force: true }));

afterEach(async () => {
  for (const { child } of runs) child.kill('SIGINT');
  await Promise.all(runs.map((one) => one.ended));
  runs = [];
});

function run(command: string[], env: Record<string, string> = {}): Run {
  const [file = '', ...args] = command;
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(file, args, {
    env: { PATH, HOME, PORT: `${port}`, DATA_DIR: dataDir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (text += part));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const one = { child, output: () => text, ended };
  runs.push(one);
  return one;
}

const node = [process.execPath, SCRIPT];

async function printed(one: Run, text: string): Promise<Run> {
  await expect.poll(one.output, { timeout: 30_000, interval: 20 }).toContain(text);
  return one;
}

const start = () => printed(run(node), READY);

type Process = { pid: number; parent: number; command: string };

/** Every living process; one that is dead and only not yet waited for is none. */
function processes(): Process[] {
  if (!existsSync('/proc/self/stat')) return processesByPs();
  return readdirSync('/proc').flatMap((name) => {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8').replace(/.*\) /s, '');
      const [state, parent] = stat.split(' ');
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return state === 'Z' ? [] : [{ pid: Number(name), parent: Number(parent), command }];
    } catch {
      return [];
    }
  });
}

function processesByPs(): Process[] {
  const { stdout } = spawnSync('ps', ['-Ao', 'pid=,ppid=,command='], { encoding: 'utf8' });
  return [...stdout.matchAll(/^ *(\d+) +(\d+) +(.*)$/gm)].map(([, pid, parent, command = '']) => {
    return { pid: Number(pid), parent: Number(parent), command };
  });
}

const childrenOf = (parent: number | undefined): number[] =>
  processes().flatMap((one) => (one.parent === parent ? [one.pid] : []));

const postgresPid = (): number =>
  Number(readFileSync(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0]);

/** Every process of a running Linkgrove but the supervisor: the server, the worker, PostgreSQL. */
function everything(supervisor: number | undefined): number[] {
  const children = childrenOf(supervisor);
  const all = new Set([...children, postgresPid(), ...childrenOf(postgresPid())]);
  expect(all.size).toBeGreaterThanOrEqual(3);
  return [...all];
}

async function allGone(pids: number[]): Promise<void> {
  const alive = () => processes().flatMap(({ pid }) => (pids.includes(pid) ? [pid] : []));
  await expect.poll(alive, { timeout: 10_000, interval: 50 }).toEqual([]);
}

const post = (path: string, body: unknown) =>
  fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

const login = () =>
  post('/api/login', { identifier: 'ada', password: 'correct-horse-battery' }).then((r) => r.status);

/** Kills a process, unless it ended while others were killed. */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

describe('npm start', { timeout: 60_000 }, () => {
  it('starts from nothing and shows a request that works', async () => {
    const { output } = await start();
    expect(output()).toContain(`http://localhost:${port}/docs`);
    expect(output()).toContain(`http://localhost:${port}/dev/mail`);
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
    const [, path = '', body = ''] = /curl http:\/\/[^/]+(\S+) .*?-d '(.+?)'/s.exec(output()) ?? [];
    expect((await post(path, JSON.parse(body))).status).toBe(201);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('ends on %s with all it has started', async (signal) => {
    const { child, ended, output } = await start();
    const pids = everything(child.pid);
    child.kill(signal);
    expect(await ended).toBe(0);
    expect(output()).toContain('Stopping…');
    await allGone(pids);
  });

  it('has the data again after everything was killed at once', async () => {
    const { child } = await start();
    for (const pid of [child.pid ?? 0, ...everything(child.pid)]) kill(pid);
    await start();
    expect(await login()).toBe(200);
  });

  it('lets its programs stop by themselves when only it was killed, and can start again', async () => {
    const { child } = await start();
    const programs = childrenOf(child.pid).filter((pid) => pid !== postgresPid());
    const orphan = postgresPid();
    child.kill('SIGKILL');
    await allGone(programs);
    await start();
    expect(postgresPid()).toBe(orphan);
    expect(await login()).toBe(200);
  });

  it('stops everything when a program ends unexpectedly, and says which', async () => {
    const { child, ended, output } = await start();
    const pids = everything(child.pid);
    const ours = processes().filter(({ pid }) => pids.includes(pid));
    process.kill(ours.find(({ command }) => command.includes('worker/src'))?.pid ?? 0, 'SIGKILL');
    expect(await ended).toBe(1);
    expect(output()).toContain('The worker ended by SIGKILL');
    await allGone(pids);
  });

  it.each([
    ['a request hangs', 1, 10_000],
    ['a request hangs, sooner at a second Ctrl-C', 2, 4_000],
  ])('stops everything although %s', async (_what, times, within) => {
    const { child, ended } = await start();
    const pids = everything(child.pid);
    const body = new ReadableStream({ pull: () => new Promise(() => {}) });
    const headers = { 'content-type': 'application/json' };
    const request = { method: 'POST', headers, body, duplex: 'half' as const };
    fetch(`http://127.0.0.1:${port}/api/login`, request).catch(() => {});
    await sleep(200);
    const before = Date.now();
    for (let time = 0; time < times; time += 1) {
      child.kill('SIGINT');
      if (times > 1) await sleep(1_200);
    }
    expect(await ended).toBe(0);
    expect(Date.now() - before).toBeLessThan(within);
    await allGone(pids);
  });

  it('stops cleanly while it is still starting', async () => {
    const { child, ended } = await printed(run(node), 'Starting the server');
    const pids = everything(child.pid);
    child.kill('SIGINT');
    expect(await ended).toBe(0);
    await allGone(pids);
  });

  it('leaves a first one alone that runs on the same data', async () => {
    await start();
    const second = run(node, { PORT: `${await freePort()}` });
    expect(await second.ended).toBe(1);
    expect(second.output()).toContain('Another Linkgrove is running on DATA_DIR');
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
  });

  it('says so when the port is in use, and leaves nothing running', async () => {
    const taken = await listen(port);
    const one = run(node);
    expect(await one.ended).toBe(1);
    expect(one.output()).toContain(`PORT ${port} is in use`);
    expect(existsSync(join(dataDir, 'postgres/data/postmaster.pid'))).toBe(false);
    await new Promise((resolve) => taken.close(resolve));
  });

  it('names a wrong variable in one line without its value', async () => {
    const one = run(node, { PORT: 'abc' });
    expect(await one.ended).toBe(1);
    expect(one.output().trim().split('\n')).toEqual([expect.stringContaining('PORT')]);
    expect(one.output()).not.toContain('abc');
  });

  it('names DATABASE_URL within five seconds when that database is out of reach', async () => {
    const before = Date.now();
    const one = run(node, { DATABASE_URL: 'postgres://me:secret@127.0.0.1:1/none' });
    expect(await one.ended).toBe(1);
    expect(one.output().trim().split('\n')).toEqual([expect.stringContaining('DATABASE_URL')]);
    expect(one.output()).not.toContain('secret');
    expect(Date.now() - before).toBeLessThan(5_000);
  });

  it.each([
    ['npm is killed', 'npm', READY],
    ['the shell of npm is killed', 'shell', READY],
    ['npm is killed before it could look', 'npm', 'shell started'],
  ])('stops everything when %s', async (_what, victim, moment) => {
    const npm = run([process.execPath, '-e', NPM, ...node], { npm_lifecycle_event: 'start' });
    await printed(npm, moment);
    const [shell = 0] = childrenOf(npm.child.pid);
    const [supervisor = 0] = childrenOf(shell);
    const pids = [supervisor, ...(moment === READY ? everything(supervisor) : [])];
    process.kill(victim === 'npm' ? (npm.child.pid ?? 0) : shell, 'SIGKILL');
    await allGone(pids);
    expect(existsSync(join(dataDir, 'postgres/data/postmaster.pid'))).toBe(false);
  });

  it('goes on when the shell that put it into the background ends', async () => {
    const shell = run(['sh', '-c', 'nohup "$0" "$1" & echo "pid=$!"; sleep 0.2', ...node]);
    await printed(shell, READY);
    const supervisor = Number(/pid=(\d+)/.exec(shell.output())?.[1]);
    await sleep(1_500);
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
    const pids = everything(supervisor);
    process.kill(supervisor, 'SIGINT');
    await allGone([supervisor, ...pids]);
  });
});
