import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort, type Mailbox, startMailbox, testEnv, tokenIn } from '@linkgrove/api/testing';
import { cloneDatabase } from '@linkgrove/db/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

// Runs the bundles as in production: plain Node without TypeScript, production settings.
// CI names the oldest Node that they promise to run on.
const node = process.env['OLDEST_NODE'] ?? process.execPath;
const root = new URL('..', import.meta.url).pathname;
const children: ChildProcess[] = [];
const SMALLEST_PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';
let env: Record<string, string | undefined>;
let url: string;
let mailbox: Mailbox;
let drop: () => Promise<void>;

/** Starts a bundle and waits until it is ready. */
async function run(file: string): Promise<ChildProcess> {
  const child = spawn(node, ['--no-experimental-strip-types', file], {
    cwd: root,
    env,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  children.push(child);
  const [message] = (await once(child, 'message')) as unknown[];
  expect(message).toEqual({ type: 'ready' });
  return child;
}

beforeAll(async () => {
  execFileSync(process.execPath, ['scripts/build.ts'], { cwd: root });
  const database = await cloneDatabase(inject('databaseServerUrl'));
  drop = database.drop;
  mailbox = await startMailbox();
  const port = await findFreePort();
  url = `http://localhost:${port}`;
  env = testEnv({
    PATH: process.env['PATH'],
    NODE_ENV: 'production',
    PORT: String(port),
    PUBLIC_URL: url,
    APP_URL: 'https://app.example.com',
    DATABASE_URL: database.url,
    SMTP_URL: mailbox.url,
    BCRYPT_COST: '10',
    DOCS: 'true',
    DATA_DIR: mkdtempSync(join(tmpdir(), 'linkgrove-build-')),
  });
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await mailbox.close();
  await drop();
});

it('the bundles migrate, serve, send mail and stop with plain Node', async () => {
  const migrated = execFileSync(node, ['--no-experimental-strip-types', 'apps/server/dist/migrate.js'], {
    env,
    cwd: root,
  });
  expect(String(migrated)).toContain('up to date');
  const [server, worker] = await Promise.all([
    run('apps/server/dist/main.js'),
    run('apps/worker/dist/main.js'),
  ]);

  const register = (password: string) =>
    fetch(`${url}/api/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'ada@example.com', username: 'ada', password }),
    });
  // The list of breached passwords is next to the bundle.
  expect((await register('Summer2024!')).status).toBe(400);
  const registered = await register('correct-horse-battery');
  expect(registered.status).toBe(201);
  // So is the process that reads pictures.
  const { accessToken } = (await registered.json()) as { accessToken: string };
  const form = new FormData();
  form.append('purpose', 'image');
  form.append('file', new Blob([Buffer.from(SMALLEST_PNG, 'base64')]), 'dot.png');
  const headers = { authorization: `Bearer ${accessToken}` };
  const uploaded = await fetch(`${url}/api/files`, { method: 'POST', headers, body: form });
  expect(await uploaded.json()).toMatchObject({ kind: 'picture', width: 1, height: 1 });
  const mail = await mailbox.waitFor('ada@example.com', 'Verify');
  expect(mail.text).toContain(`https://app.example.com/verify-email?token=${tokenIn(mail)}`);
  // So is the API's description.
  const document = await fetch(`${url}/openapi.json`);
  expect(await document.json()).toMatchObject({ servers: [{ url }] });
  expect((await fetch(`${url}/docs/js/scalar.js`)).status).toBe(200);
  // Development pages do not exist in production.
  for (const path of ['/dev/mail', '/dev/mail.json', '/register', '/verify-email']) {
    expect([path, (await fetch(`${url}${path}`)).status]).toEqual([path, 404]);
  }

  expect((await fetch(`${url}/admin/queues`)).status).toBe(401);

  for (const child of [server, worker]) child.kill('SIGTERM');
  const exits = await Promise.all([server, worker].map((child) => once(child, 'exit')));
  expect(exits.map(([code]) => code)).toEqual([0, 0]);
});

describe('after `pnpm install --prod`', () => {
  const PARTS = ['server', 'worker']
    .map((name) => `apps/${name}`)
    .concat(['api', 'db', 'queues', 'sdk'].map((name) => `packages/${name}`));
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'linkgrove-prod-'));
    const files = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', 'scripts/run-command.mjs'];
    for (const file of [...files, 'apps/server/dist', ...PARTS.map((part) => `${part}/package.json`)])
      cpSync(join(root, file), join(folder, file), { recursive: true });
    const [pnpm = ''] = /pnpm@[\d.]+/.exec(readFileSync(join(root, 'scripts/setup.mjs'), 'utf8')) ?? [];
    const quick = ['--prod', '--frozen-lockfile', '--prefer-offline', '--ignore-scripts'];
    execFileSync('npx', ['--yes', pnpm, 'install', ...quick], { cwd: folder, stdio: 'pipe' });
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['migrate', [], 'The schema is up to date'],
    ['promote', ['ada'], 'is now an administrator'],
    ['doctor', [], 'ok     '],
    ['pepper', [], 'hash'],
    ['new-key', [], '"kty":"OKP"'],
  ])('npm run %s runs what was built', (name, args, expected) => {
    const command = ['--no-experimental-strip-types', 'scripts/run-command.mjs', name, ...args];
    expect(String(execFileSync(node, command, { cwd: folder, env, stdio: 'pipe' }))).toContain(expected);
  });
});

it.each(['server', 'worker'])('the built %s refuses an older Node in one line', (program) => {
  // Stands in for the older Node, which would read only this much.
  const older = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })`;
  const options = ['--import', `data:text/javascript,${encodeURIComponent(older)}`];
  const started = spawnSync(process.execPath, [...options, `apps/${program}/dist/main.js`], {
    env,
    cwd: root,
  });
  expect([started.status, String(started.stderr)]).toEqual([
    1,
    'Linkgrove needs Node.js 22.12 or newer; this is 20.20.2\n',
  ]);
});
