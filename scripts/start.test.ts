import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { findFreePort } from '@linkgrove/api/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const SCRIPT = fileURLToPath(new URL('start.ts', import.meta.url));
// That of `npm start`.
const NODE_COMPILE_CACHE = fileURLToPath(new URL('../node_modules/.cache/node', import.meta.url));
const READY = 'Ctrl-C stops everything.';

// Runs a script through a shell, as npm does.
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

beforeAll(async () => {
  const parent = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  dataDir = await mkdtemp(join(parent, 'linkgrove-start-'));
  port = await findFreePort();
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
    env: { PATH, HOME, NODE_COMPILE_CACHE, PORT: `${port}`, DATA_DIR: dataDir, ...env },
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

async function waitForOutput(one: Run, text: string): Promise<Run> {
  await expect.poll(one.output, { timeout: 60_000 }).toContain(text);
  return one;
}

const start = () => waitForOutput(run(node), READY);

type Process = { pid: number; parent: number; command: string };

/** Lists all processes except zombies. */
function listProcesses(): Process[] {
  if (!existsSync('/proc/self/stat')) return listProcessesWithPs();
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

function listProcessesWithPs(): Process[] {
  const { stdout } = spawnSync('ps', ['-Ao', 'pid=,ppid=,command='], { encoding: 'utf8' });
  return [...stdout.matchAll(/^ *(\d+) +(\d+) +(.*)$/gm)].map(([, pid, parent, command = '']) => {
    return { pid: Number(pid), parent: Number(parent), command };
  });
}

const findChildren = (parent: number | undefined): number[] =>
  listProcesses().flatMap((one) => (one.parent === parent ? [one.pid] : []));

const readPostgresPid = (): number =>
  Number(readFileSync(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0]);

/** Returns all processes of a running Linkgrove except the supervisor. */
function findAllPids(supervisor: number | undefined): number[] {
  const children = findChildren(supervisor);
  const all = new Set([...children, readPostgresPid(), ...findChildren(readPostgresPid())]);
  expect(all.size).toBeGreaterThanOrEqual(3);
  return [...all];
}

async function expectAllGone(pids: number[]): Promise<void> {
  const alive = () => listProcesses().flatMap(({ pid }) => (pids.includes(pid) ? [pid] : []));
  await expect.poll(alive, { interval: 50 }).toEqual([]);
}

const post = (path: string, body: unknown) =>
  fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

const login = () =>
  post('/api/login', { identifier: 'ada', password: 'correct-horse-battery' }).then((r) => r.status);

/** Kills a process, which may have ended already. */
function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

describe('npm start', { timeout: 180_000 }, () => {
  it('starts without any data and prints a request that works', async () => {
    const { output } = await start();
    expect(output()).toContain(`http://localhost:${port}/docs`);
    expect(output()).toContain(`http://localhost:${port}/dev/mail`);
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
    const [, path = '', body = ''] = /curl http:\/\/[^/]+(\S+) .*?-d '(.+?)'/s.exec(output()) ?? [];
    expect((await post(path, JSON.parse(body))).status).toBe(201);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('stops all its programs on %s', async (signal) => {
    const { child, ended, output } = await start();
    const pids = findAllPids(child.pid);
    child.kill(signal);
    expect(await ended).toBe(0);
    expect(output()).toContain('Stopping…');
    await expectAllGone(pids);
  });

  it('keeps the data when everything is killed at once', async () => {
    const { child } = await start();
    for (const pid of [child.pid ?? 0, ...findAllPids(child.pid)]) killProcess(pid);
    await start();
    expect(await login()).toBe(200);
  });

  it('can start again after only it was killed and its programs stopped by themselves', async () => {
    const { child } = await start();
    const programs = findChildren(child.pid).filter((pid) => pid !== readPostgresPid());
    const orphan = readPostgresPid();
    child.kill('SIGKILL');
    await expectAllGone(programs);
    await start();
    expect(readPostgresPid()).toBe(orphan);
    expect(await login()).toBe(200);
  });

  it('stops everything and names the program when one ends unexpectedly', async () => {
    const { child, ended, output } = await start();
    const pids = findAllPids(child.pid);
    const ours = listProcesses().filter(({ pid }) => pids.includes(pid));
    process.kill(ours.find(({ command }) => command.includes('worker/src'))?.pid ?? 0, 'SIGKILL');
    expect(await ended).toBe(1);
    expect(output()).toContain('The worker ended by SIGKILL');
    await expectAllGone(pids);
  });

  it.each([
    ['a request hangs', '6s', false],
    ['a request hangs and may go on, after a second Ctrl-C', '60s', true],
  ])('stops everything even if %s', async (_what, patience, isSentTwice) => {
    const one = await waitForOutput(run(node, { SHUTDOWN_TIMEOUT: patience }), READY);
    const { child, ended } = one;
    const pids = findAllPids(child.pid);
    const slow = connect(port, '127.0.0.1').on('error', () => {});
    slow.write('POST /api/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{');
    await once(slow, 'connect');
    // By the answer to a later request, this one has begun.
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
    const before = Date.now();
    child.kill('SIGINT');
    await waitForOutput(one, 'Stopping…');
    if (isSentTwice) {
      await sleep(1_200);
      child.kill('SIGINT');
    }
    expect(await ended).toBe(0);
    // The server itself ends such a request after twenty seconds.
    expect(Date.now() - before).toBeLessThan(15_000);
    await expectAllGone(pids);
  });

  it('stops cleanly while it is still starting', async () => {
    const { child, ended } = await waitForOutput(run(node), 'Starting the server');
    const pids = findAllPids(child.pid);
    child.kill('SIGINT');
    expect(await ended).toBe(0);
    await expectAllGone(pids);
  });

  it('refuses to start twice on the same data and leaves the first one running', async () => {
    await start();
    const second = run(node, { PORT: `${await findFreePort()}` });
    expect(await second.ended).toBe(1);
    expect(second.output()).toContain('Another Linkgrove is running on DATA_DIR');
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
  });

  it('reports a port that is in use and leaves nothing running', async () => {
    const taken = await listen(port);
    const one = run(node);
    expect(await one.ended).toBe(1);
    expect(one.output()).toContain('PORT is already in use');
    expect(existsSync(join(dataDir, 'postgres/data/postmaster.pid'))).toBe(false);
    await new Promise((resolve) => taken.close(resolve));
  });

  it('names an invalid variable in one line without its value', async () => {
    const one = run(node, { PORT: 'abc' });
    expect(await one.ended).toBe(1);
    expect(one.output().trim().split('\n')).toEqual([expect.stringContaining('PORT')]);
    expect(one.output()).not.toContain('abc');
  });

  it('names DATABASE_URL soon if that database is unreachable', async () => {
    const before = Date.now();
    const one = run(node, { DATABASE_URL: 'postgres://me:secret@127.0.0.1:1/none' });
    expect(await one.ended).toBe(1);
    expect(one.output().trim().split('\n')).toEqual([expect.stringContaining('DATABASE_URL')]);
    expect(one.output()).not.toContain('secret');
    // The contract allows five seconds on a machine that is not busy.
    expect(Date.now() - before).toBeLessThan(20_000);
  });

  it.each([
    ['npm is killed', 'npm', READY],
    ['the shell of npm is killed', 'shell', READY],
    ['npm is killed before the script has started', 'npm', 'shell started'],
  ])('stops everything when %s', async (_what, victim, moment) => {
    const npm = run([process.execPath, '-e', NPM, ...node], { npm_lifecycle_event: 'start' });
    await waitForOutput(npm, moment);
    const [shell = 0] = findChildren(npm.child.pid);
    const [supervisor = 0] = findChildren(shell);
    const pids = [supervisor, ...(moment === READY ? findAllPids(supervisor) : [])];
    process.kill(victim === 'npm' ? (npm.child.pid ?? 0) : shell, 'SIGKILL');
    await expectAllGone(pids);
    expect(existsSync(join(dataDir, 'postgres/data/postmaster.pid'))).toBe(false);
  });

  it('keeps running when the shell that put it in the background ends', async () => {
    const shell = run(['sh', '-c', 'nohup "$0" "$1" & echo "pid=$!"; sleep 0.2', ...node]);
    await waitForOutput(shell, READY);
    const supervisor = Number(/pid=(\d+)/.exec(shell.output())?.[1]);
    await sleep(1_500);
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
    const pids = findAllPids(supervisor);
    process.kill(supervisor, 'SIGINT');
    await expectAllGone([supervisor, ...pids]);
  });
});
