import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findFreePort, hasProgram } from '@linkgrove/api/testing';
import { type Browser, chromium } from 'playwright-core';
import { grantDueRewards } from '@linkgrove/api/jobs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { endHolds } from './conversions/kit.ts';
import tools from './guides/package.json' with { type: 'json' };
import {
  BROWSER,
  call,
  createTeam,
  eventually,
  markVerified,
  newHandle,
  PASSWORD,
  signUpAdmin,
  signUpVerified,
  startTestServer,
  storeKey,
  type TestServer,
} from './kit/index.ts';

// Runs the code of README.md, packages/sdk/README.md and guides in docs in a folder outside the workspace, which
// has the packed SDK and the packages of guides/package-lock.json.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 240_000 });

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const hasChromium = hasProgram(CHROMIUM, process.env);
const run = promisify(execFile);

const readText = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const GUIDE = readText('docs/build-a-frontend.md');

async function runProgram(cwd: string, command: string, ...args: string[]): Promise<string> {
  const { stdout, stderr } = await run(command, args, { cwd, maxBuffer: 1e7 }).catch((error) => {
    throw new Error(`${command} ${args.join(' ')}\n${error.stdout}\n${error.stderr}`, { cause: error });
  });
  return stdout + stderr;
}

function writeFile(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function writeQuickStart(folder: string, apiUrl: string): void {
  const files = [...GUIDE.matchAll(/^`([\w./-]+)`:\n\n```\w+\n([^]*?)```/gm)];
  for (const [, file = '', code = ''] of files)
    writeFile(join(folder, file), code.replaceAll('http://localhost:3000', apiUrl));
}

/** Packs the SDK without touching its `dist`, which another test may be building. */
async function packSdk(root: string): Promise<string> {
  const folder = join(root, 'sdk');
  const { scripts: _scripts, ...manifest } = JSON.parse(readText('packages/sdk/package.json'));
  writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await runProgram(ROOT, process.execPath, 'scripts/build-sdk.ts', join(folder, 'dist'));
  const output = await runProgram(folder, 'npm', 'pack', '--pack-destination', root);
  return join(root, /\S+\.tgz/.exec(output)?.[0] ?? '');
}

let root: string;
let app: string;
let server: TestServer;
let frontendUrl: string;
beforeAll(async () => {
  frontendUrl = `http://127.0.0.1:${await findFreePort()}`;
  server = await startTestServer({ worker: true, env: { APP_URL: frontendUrl } });
  root = mkdtempSync(join(tmpdir(), 'linkgrove-guides-'));
  app = join(root, 'app');
  cpSync(fileURLToPath(new URL('guides', import.meta.url)), app, {
    recursive: true,
    filter: (source) => !source.includes('node_modules'),
  });
  const quick = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
  await runProgram(app, 'npm', 'ci', ...quick);
  await runProgram(app, 'npm', 'install', await packSdk(root), ...quick);
  writeQuickStart(app, server.url);
});
afterAll(async () => {
  await server.close();
  rmSync(root, { recursive: true, force: true });
});

const compile = (project: string): Promise<string> =>
  runProgram(app, process.execPath, 'node_modules/typescript/bin/tsc', '-p', project);

describe('README.md', () => {
  it('has a TypeScript program that runs as printed', async () => {
    const [, program = ''] = /```ts\n([^]*?)```/.exec(readText('README.md')) ?? [];
    await server.signUp({ username: 'ada' });
    writeFile(join(app, 'app.ts'), program.replaceAll('http://localhost:3000', server.url));
    expect((await runProgram(app, process.execPath, 'app.ts')).split('\n')).toEqual([
      'ada: 0 sign-ups, 0 successful',
      'Email already in use',
      '',
    ]);
  });
});

describe('docs/targeting.md', () => {
  it('has a program that unlocks a page', async () => {
    const [, program = ''] = /```ts\n([^]*?)```/.exec(readText('docs/targeting.md')) ?? [];
    const owner = await server.signUp();
    await markVerified(server, owner);
    const page = { handle: 'quartet', title: 'The quartet', published: true };
    const { id } = (await server.as(owner, 'POST', '/api/pages', page)).body;
    await server.as(owner, 'PUT', `/api/pages/${id}/password`, { password: 'rehearsal-7' });
    writeFile(join(app, 'unlock.ts'), program.replaceAll('http://localhost:3000', server.url));
    expect(await runProgram(app, process.execPath, 'unlock.ts')).toBe('The quartet\n');
  });
});

describe('packages/sdk/README.md', () => {
  it('has TypeScript blocks that each compile alone', async () => {
    const blocks = [...readText('packages/sdk/README.md').matchAll(/```(tsx?)\n([^]*?)```/g)];
    for (const [index, [, extension, code = '']] of blocks.entries())
      writeFile(join(app, `blocks/block-${index + 1}.${extension}`), code);
    // Only its types would be used, and it needs the whole of Expo.
    const store = `declare module 'expo-secure-store' {
      export function getItemAsync(key: string): Promise<string | null>;
      export function setItemAsync(key: string, value: string): Promise<void>;
      export function deleteItemAsync(key: string): Promise<void>;
    }`;
    writeFile(join(app, 'blocks/expo-secure-store.d.ts'), store);
    const compilerOptions = {
      strict: true,
      target: 'esnext',
      lib: ['esnext', 'dom', 'dom.iterable'],
      module: 'nodenext',
      jsx: 'react-jsx',
      moduleDetection: 'force',
      types: ['node'],
      skipLibCheck: true,
      noEmit: true,
    };
    writeFile(join(app, 'tsconfig.blocks.json'), JSON.stringify({ compilerOptions, include: ['blocks'] }));
    expect(blocks.length).toBeGreaterThan(3);
    expect(await compile('tsconfig.blocks.json')).toBe('');
  });
});

describe('the program of docs/import.md', () => {
  it('previews a list of links and makes a page of it', async () => {
    const owner = await server.signUp();
    const { key } = await storeKey(server, owner, {
      workspaceId: owner.user.id,
      scopes: ['pages:read', 'pages:write'],
    });
    const program = /`import\.mjs`:\n\n```js\n([^]*?)```/.exec(readText('docs/import.md'))?.[1] ?? '';
    writeFile(join(app, 'import.mjs'), program);
    writeFile(join(app, 'links.txt'), '# Work\nMy site: https://example.com\nhello');
    const handle = newHandle('import');
    const env = { ...process.env, LINKGROVE_URL: server.url, LINKGROVE_KEY: key };
    const { stdout } = await run(process.execPath, ['import.mjs', 'links.txt', handle], { cwd: app, env });
    expect(stdout.trim().split('\n')).toEqual([
      'text: 1 heading, 1 link',
      'hello: The line has no link',
      `2 blocks at ${handle}`,
    ]);
  });
});

describe('the shop of docs/conversions.md', () => {
  const readProgram = (name: string): string =>
    new RegExp(`\`${name}\`:\n\n\`\`\`js\n([^]*?)\`\`\``).exec(readText('docs/conversions.md'))?.[1] ?? '';

  /** Sets the programme up with a key and starts the shop, each as printed. */
  async function openShop() {
    const owner = await server.signUp();
    const workspaceId = await createTeam(server, { owner });
    const scopes = ['campaigns:read', 'campaigns:write', 'conversions:write'] as const;
    const webhooks = ['webhooks:read', 'webhooks:write'] as const;
    const { key } = await storeKey(server, owner, { workspaceId, scopes: [...scopes, ...webhooks] });
    const port = await findFreePort();
    const url = `http://127.0.0.1:${port}`;
    const env = { ...process.env, LINKGROVE_URL: server.url, LINKGROVE_KEY: key, SHOP_URL: url };
    for (const name of ['setup.mjs', 'shop.mjs']) writeFile(join(app, name), readProgram(name));
    const { stdout } = await run(process.execPath, ['setup.mjs'], { cwd: app, env });
    const { id, secret, referrer, link } = JSON.parse(stdout);
    const shop = spawn(process.execPath, ['shop.mjs'], {
      cwd: app,
      env: { ...env, WEBHOOK_SECRET: secret, PORT: String(port) },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    await eventually(() => fetch(`${url}/ledger`).catch(() => null));
    const send = async (path: string, cookie = '') => {
      const { status, body } = await call(url, 'POST', path, { cookie });
      expect(status).toBe(200);
      return body;
    };
    const api = async (path: string) =>
      (await server.get(`/api/campaigns/${id}${path}`, { token: key })).body;
    return {
      link: link.replace(server.app.config.publicUrl, server.url),
      send,
      readLedger: async () => (await call(url, 'GET', '/ledger')).body,
      readOurs: async () => (await api(`/referrers/${referrer}`)).rewards[0],
      listRewards: async () => (await api('/rewards')).items,
      close: () => shop.kill(),
    };
  }

  const passHold = async () => {
    await endHolds(server);
    await grantDueRewards(server.app);
  };

  it('runs a programme from the click to the reversal, and its ledger equals ours', async () => {
    const shop = await openShop();
    const booked = (amount: number) => eventually(async () => (await shop.readLedger()).grace === amount);
    const opened = await fetch(shop.link, { headers: { 'user-agent': BROWSER } });
    const cookie = opened.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    expect(cookie).toMatch(/^lg_click=/);

    const lead = await shop.send('/sign-up?user=bob&email=bob@example.com', cookie);
    await shop.send('/sign-up?user=cy&email=cy@example.com', cookie);
    const sale = await shop.send('/buy?user=bob&order=1001&cents=4999');
    expect(await shop.send('/buy?user=bob&order=1001&cents=4999')).toEqual(sale);
    expect(sale.referralId).toBe(lead.referralId);
    expect(await shop.readOurs()).toEqual({ unit: 'EUR', pending: 999, balance: 0, earned: 0 });
    expect(await shop.readLedger()).toEqual({});

    await passHold();
    await booked(999);
    expect((await shop.readOurs()).balance).toBe(999);

    await shop.send('/buy?user=cy&order=1002&cents=10000');
    await passHold();
    await booked(2_999);
    const [{ id }] = await shop.listRewards();
    await shop.send(`/pay?reward=${id}`);
    await shop.send('/refund?user=bob&order=1001');
    await booked(0);
    expect(await shop.readOurs()).toEqual({ unit: 'EUR', pending: 0, balance: 0, earned: 2_000 });
    const states = (await shop.listRewards()).map(({ state }: { state: string }) => state);
    expect(states).toEqual(['fulfilled', 'reversed']);
    shop.close();
  });
});

describe('the walk of docs/moderation.md', () => {
  it('reports, blocks, takes down and decides an appeal, as printed', async () => {
    const files = readText('docs/moderation.md').matchAll(/`(\w+\.mjs)`:\n\n```js\n([^]*?)```/g);
    for (const [, name = '', code = ''] of files) writeFile(join(app, name), code);
    const [admin, owner] = [await signUpAdmin(server), await signUpVerified(server)];
    const given = { handle: newHandle('walk'), published: true };
    const { id, handle } = (await server.as(owner, 'POST', '/api/pages', given)).body;
    const names = { LINKGROVE_URL: server.url, ADMIN: admin.username, PASSWORD, HANDLE: handle };
    const env = { ...process.env, ...names };
    const walk = async (name: string) =>
      (await run(process.execPath, [name], { cwd: app, env })).stdout.trim().split('\n');
    expect(await walk('moderate.mjs')).toEqual([
      `${handle} has 1 report: fraud, "It asks for my password."`,
      'visitors get 451',
    ]);
    await server.as(owner, 'POST', `/api/pages/${id}/appeal`, { text: 'I removed it' });
    expect(await walk('appeals.mjs')).toEqual(['the owner says "I removed it"', 'visitors get 200']);
  });
});

describe('docs/administration.md', () => {
  it('has a session of the shell that helps a user', async () => {
    const [, session = ''] = /```sh\n([^]*?)```/.exec(readText('docs/administration.md')) ?? [];
    const [admin, user] = [await signUpAdmin(server), await signUpVerified(server)];
    const given = { api: `${server.url}/api`, token: admin.token, name: user.username };
    const { stdout } = await run('sh', ['-c', session], { env: { ...process.env, ...given } });
    expect(stdout.trim().split('\n')).toEqual([
      `${user.username}: 1 session, 1 workspace`,
      'The title is now Mended',
      'Deleting the account: IMPERSONATION_REFUSED',
      'impersonation_ended',
      'changed_by_impersonator',
      'impersonated',
      'looked_up',
    ]);
  });
});

describe('the quick start of docs/build-a-frontend.md', () => {
  it('installs the packages that it uses', () => {
    const printed = [...GUIDE.matchAll(/^npm install (.*)$/gm)].flatMap(([, names = '']) => names.split(' '));
    const installed = Object.keys({ ...tools.dependencies, ...tools.devDependencies });
    expect(printed.filter((name) => !name.startsWith('--')).toSorted()).toEqual(
      [...installed.filter((name) => name !== '@types/node'), '@linkgrove/sdk'].toSorted(),
    );
  });

  it('compiles', async () => {
    expect(await compile('tsconfig.json')).toBe('');
  });
});

function startVite(): ChildProcess {
  const { port } = new URL(frontendUrl);
  const args = ['node_modules/vite/bin/vite.js', '--host', '127.0.0.1', '--port', port, '--strictPort'];
  return spawn(process.execPath, args, { cwd: app, stdio: 'ignore' });
}
const isServing = async () => expect((await fetch(frontendUrl)).status).toBe(200);

describe.runIf(hasChromium)('the app of the quick start', () => {
  let vite: ChildProcess;
  let browser: Browser;
  beforeAll(async () => {
    vite = startVite();
    await vi.waitFor(isServing, { timeout: 60_000, interval: 200 });
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
  });
  afterAll(async () => {
    vite.kill();
    await browser?.close();
  });

  it('signs up an invited user, verifies, adds a link, publishes and signs out', async () => {
    const referrer = await server.signUp();
    // Visits of headless browsers are not counted.
    const page = await browser.newPage({ userAgent: BROWSER });
    page.setDefaultTimeout(60_000);
    const username = newHandle();
    const email = `${username}@example.com`;
    await page.goto(`${frontendUrl}/register?referral=${referrer.user.referralCode}`);
    await page.fill('[name=email]', email);
    await page.fill('[name=username]', username);
    await page.fill('[name=password]', 'password');
    await page.click('text=Sign up');
    expect(await page.textContent('[role=alert]')).toContain('password');
    await page.fill('[name=password]', PASSWORD);
    await page.click('text=Sign up');
    await page.waitForSelector(`text=Check your mail, ${username}.`);

    const token = await server.readMailedToken(email, 'Verify');
    await page.goto(`${frontendUrl}/verify-email?token=${token}`);
    await page.click('text=Verify my address');
    await page.click('text=Continue');
    await page.fill('[name=title]', 'My notes');
    await page.fill('[name=url]', 'https://example.com/notes');
    await page.click('text=Add link');
    await page.click('text=Publish');
    await page.click('text=See 1 blocks');
    await page.waitForSelector('text=My notes');
    expect(page.url()).toBe(`${frontendUrl}/@${username}`);

    await page.goto(frontendUrl);
    await page.click('text=Sign out');
    await page.fill('[name=identifier]', username);
    await page.fill('[name=password]', PASSWORD);
    await page.click('button:has-text("Sign in")');
    await page.waitForSelector('text=You invited 0 people.');
    const stats = await server.as(referrer, 'GET', '/api/referral-stats');
    expect(stats.body).toMatchObject({ visits: 1, signups: 1, successful: 1 });
  });

  it('keeps /register, and passes the paths of the API on', async () => {
    const read = async (path: string) => {
      const response = await fetch(frontendUrl + path, {
        redirect: 'manual',
        headers: { accept: 'text/html' },
      });
      return [response.status, response.headers.get('content-type')?.split(';')[0]];
    };
    const { user } = await server.signUp();
    expect(await read('/register')).toEqual([200, 'text/html']);
    expect(await read(`/r/${user.referralCode}`)).toEqual([302, undefined]);
    expect(await read('/api/me')).toEqual([401, 'application/problem+json']);
    expect(await read('/@nobody')).toEqual([404, 'text/html']);
  });
});

// Last, as it starts another campaign.
describe('docs/referrals.md', () => {
  it('has a session of the shell that runs a programme', async () => {
    const [, session = ''] = /```sh\n([^]*?)```/.exec(readText('docs/referrals.md')) ?? [];
    const admin = await signUpAdmin(server);
    const given = { api: `${server.url}/api`, token: admin.token };
    const { stdout } = await run('sh', ['-c', session], { env: { ...process.env, ...given } });
    expect(stdout.trim().split('\n')).toEqual([
      'Spring is running',
      'You get 10 credits, your friend 20',
      'Version 2 keeps 20 credits',
      expect.stringMatching(/^\d+ referrers would get \d+ credits$/),
      'A mug costs 60 credits',
      expect.stringMatching(/^\d+ referrals wait for a decision$/),
      '0 redemptions wait for you',
      expect.stringMatching(/^\d+ successes cost \d+ credits$/),
    ]);
  });
});
