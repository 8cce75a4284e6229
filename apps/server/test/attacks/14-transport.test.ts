import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigError, type Env, listConfigWarnings, parseConfig } from '@linkgrove/api';
import { findFreePort, hasProgram, startProgram, testEnv } from '@linkgrove/api/testing';
import { chromium } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import {
  cleanUpLater,
  eventually,
  markSuspended,
  newPerson,
  PASSWORD,
  readStatuses,
  sendRaw,
  startInstance,
  usePerson,
  useTestServer,
} from '../kit/index.ts';

const server = useTestServer({ worker: true });
const ada = usePerson(server);

describe('A13.14 a request with two Host headers', () => {
  const CLOSE = 'connection: close\r\n';
  it.each([
    '/healthz',
    '/api/me',
    '/trpc/account.me',
    '/r/x',
    '/@ada',
    '/@ada/',
    '/api/public/pages/ada',
    '/x',
  ])('is refused at %s', async (path) => {
    for (const [one, other] of [
      ['localhost', 'attacker.example'],
      ['localhost', 'localhost'],
    ]) {
      const hosts = `Host: ${one}\r\nhost: ${other}\r\n`;
      const answer = await sendRaw(server.url, `GET ${path} HTTP/1.1\r\n${hosts}${CLOSE}\r\n`);
      expect(readStatuses(answer)).toEqual([400]);
      expect(answer).toContain('"detail":"Send exactly one Host header"');
      expect(answer.toLowerCase()).toContain('x-content-type-options: nosniff');
    }
  });

  it('is refused for a page that is cached, too', async () => {
    const bob = await server.signUp();
    const { items } = (await server.as(bob, 'GET', '/api/pages')).body;
    await server.as(bob, 'PATCH', `/api/pages/${items[0].id}`, { published: true });
    const path = `/@${bob.username}`;
    await server.get(path);
    await server.get(path);
    const answer = await sendRaw(server.url, `GET ${path} HTTP/1.1\r\nHost: a\r\nHost: b\r\n${CLOSE}\r\n`);
    expect(readStatuses(answer)).toEqual([400]);
  });

  it('other headers that may come only once are not chosen from two either', async () => {
    const twice = (name: string, one: string, other: string) =>
      `GET /api/me HTTP/1.1\r\nhost: x\r\n${CLOSE}${name}: ${one}\r\n${name}: ${other}\r\n\r\n`;
    const valid = `Bearer ${ada.token}`;
    for (const [one, other] of [
      [valid, 'Bearer x'],
      ['Bearer x', valid],
    ] as const)
      expect(readStatuses(await sendRaw(server.url, twice('authorization', one, other)))).toEqual([401]);
  });
});

it('A13.14 a client that goes away is no error in the log', async () => {
  const port = await findFreePort();
  const program = await startProgram('apps/server/src/main.ts', {
    PORT: String(port),
    PUBLIC_URL: `http://localhost:${port}`,
    DATABASE_URL: server.databaseUrl,
    SMTP_URL: server.mailbox.url,
    LOG_LEVEL: 'info',
    BCRYPT_COST: '10',
  });
  cleanUpLater(program.kill);
  const abort = async (bytes: string, ms: number) => {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    await once(socket, 'connect');
    socket.write(bytes);
    await sleep(ms);
    socket.resetAndDestroy();
  };
  const head = (path: string, length: number) =>
    `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;
  const body = JSON.stringify({ identifier: ada.username, password: PASSWORD });
  for (const path of ['/api/login', '/trpc/auth.login']) {
    await abort(`${head(path, 1_000)}{"identifier":`, 200);
    await abort(`${head(path, body.length)}${body}`, 20);
  }
  await abort('GET /docs/js/scalar.js HTTP/1.1\r\nhost: x\r\n\r\n', 20);
  await abort('GET /healthz HTTP/1.1\r\nho', 20);
  await sleep(1_000);
  await fetch(`http://127.0.0.1:${port}/robots.txt`);
  await eventually(() => program.output().includes('"path":"/robots.txt"'));
  const lines = program
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { level: number; msg: string; status?: number });
  expect(lines.filter(({ level }) => level >= 50)).toEqual([]);
  expect(lines.filter(({ status = 0 }) => status >= 500)).toEqual([]);
}, 120_000);

function newKey() {
  const { x = '', d = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  return { kty: 'OKP', crv: 'Ed25519', x, d };
}
const EXAMPLE_KEYS = [
  // RFC 8037, appendix A.1; also RFC 8032, 7.1, test 1.
  ['11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo', 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A'],
  // RFC 8032, 7.1, tests 2 and 3.
  ['PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw', 'TM0Imyj_ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U-4pvs'],
  ['_FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCU', 'xaqN9D-fg3vtt0QvMdy3sWbThTUHbwlLhc46LgtEWPc'],
].map(([x, d]) => ({ kty: 'OKP', crv: 'Ed25519', x, d }));

const production: Env = {
  ...testEnv(),
  NODE_ENV: 'production',
  DATABASE_URL: 'postgres://db.internal/linkgrove',
  SMTP_URL: 'smtps://mail.internal',
  PUBLIC_URL: 'https://api.example.com',
  APP_URL: 'https://example.com',
  BCRYPT_COST: '12',
  JWT_PRIVATE_KEYS: JSON.stringify([newKey()]),
};
const messageOf = (env: Env): string | undefined => {
  try {
    parseConfig(env);
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
};

describe('A13.14 production', () => {
  it.each(EXAMPLE_KEYS)('refuses a published example key, alone or after another: $x', (key) => {
    for (const keys of [[key], [newKey(), key]]) {
      const JWT_PRIVATE_KEYS = JSON.stringify(keys);
      expect(messageOf({ ...production, JWT_PRIVATE_KEYS })).toBe(
        'Configuration: JWT_PRIVATE_KEYS must not contain an example key of an RFC in production',
      );
      expect(messageOf({ ...testEnv(), JWT_PRIVATE_KEYS })).toBeUndefined();
    }
  });

  it.each<[string, Env]>([
    ['SMTP_URL', { SMTP_URL: 'smtp://mail.example.com?requireTLS=false' }],
    ['SMTP_URL', { SMTP_URL: 'smtp://user:hunter22@10.0.0.5:25/?ignoreTLS=true&requireTLS=false' }],
    ['CORS_ORIGINS', { CORS_ORIGINS: 'https://example.com,http://old.example.com' }],
    ['TRUST_PROXY', { TRUST_PROXY: '0.0.0.0/1,128.0.0.0/1' }],
    ['TRUST_PROXY', { TRUST_PROXY: '2000::/3' }],
    ['FILES_URL', { FILES_URL: 'https://api.example.com/bucket' }],
  ])('warns of an unsafe %s, without its value: %j', (name, change) => {
    const warnings = listConfigWarnings(parseConfig({ ...production, ...change }));
    expect(warnings).toEqual([expect.stringMatching(new RegExp(`^${name} `))]);
    expect(warnings[0]).not.toMatch(/hunter22|old\.example|10\.0\.0\.5/);
    expect(listConfigWarnings(parseConfig(testEnv(change)))).toEqual([]);
  });

  it.each(['0.0.0.0/0', '::/0', '::/00', '0.0.0.0/00', '::ffff:0:0/96', '::ffff:0.0.0.0/96'])(
    'refuses the whole internet as a proxy: %s',
    (proxy) => {
      expect(messageOf({ ...production, TRUST_PROXY: `10.0.0.1,${proxy}` })).toMatch(
        /^Configuration: TRUST_PROXY must/,
      );
    },
  );

  it.each<Env>([
    {},
    { SMTP_URL: 'smtp://mail.example.com' },
    { SMTP_URL: 'smtp://127.0.0.1:25?requireTLS=false' },
    { SMTP_URL: 'smtps://mail.example.com' },
    { FILES_URL: 'https://api.example.com/files' },
    { FILES_URL: 'https://files.example.net/files' },
    { CORS_ORIGINS: 'http://localhost:5173' },
    { TRUST_PROXY: '10.0.0.0/8,173.245.48.0/20,2400:cb00::/32,fd00::/8' },
  ])('does not warn of %j', (change) => {
    expect(listConfigWarnings(parseConfig({ ...production, ...change }))).toEqual([]);
  });
});

describe('A13.14 metrics', () => {
  it('are served on a port of their own, and then not by the main server', async () => {
    const port = await findFreePort();
    const own = await startInstance(server.databaseUrl, { METRICS_PORT: String(port) });
    await own.get('/healthz');
    const apart = `http://127.0.0.1:${port}`;
    const answer = await fetch(`${apart}/metrics`);
    expect([answer.status, answer.headers.get('x-content-type-options')]).toEqual([200, 'nosniff']);
    expect(await answer.text()).toContain(
      'http_request_duration_seconds_count{method="GET",route="/healthz"',
    );
    expect((await own.get('/metrics')).status).toBe(404);
    for (const path of ['/', '/healthz', '/api/me', '/metrics/x'])
      expect((await fetch(`${apart}${path}`)).status).toBe(404);
    expect((await fetch(`${apart}/metrics`, { method: 'POST' })).status).toBe(404);
    await own.close();
    await expect(fetch(`${apart}/metrics`)).rejects.toThrow('fetch failed');
  });

  it('are served at an address of their own', async () => {
    const port = await findFreePort();
    const own = await startInstance(server.databaseUrl, {
      METRICS_HOST: '127.0.0.9',
      METRICS_PORT: String(port),
    });
    expect((await fetch(`http://127.0.0.9:${port}/metrics`)).status).toBe(200);
    await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow('fetch failed');
    await own.close();
  });

  it('stop the start if their port is taken', async () => {
    const { port } = new URL(server.url);
    await expect(startInstance(server.databaseUrl, { METRICS_PORT: port })).rejects.toThrow(
      'METRICS_PORT is already in use; set another one',
    );
  });

  it('are on in production if they have a port or an address of their own', () => {
    const read = (env: Env) => parseConfig({ ...production, ...env });
    expect(read({}).metrics).toBe(false);
    expect(read({ METRICS_PORT: '9100' })).toMatchObject({
      metrics: true,
      metricsListener: { host: '127.0.0.1', port: 9100 },
    });
    expect(read({ METRICS_HOST: '10.0.0.5', PORT: '8080' })).toMatchObject({
      metrics: true,
      metricsListener: { host: '10.0.0.5', port: 8080 },
    });
    expect(read({ METRICS: 'off', METRICS_PORT: '9100' })).toMatchObject({
      metrics: false,
      metricsListener: undefined,
    });
  });
});

describe('A13.14 the API reference', () => {
  it('has no inline script, and a policy that allows none', async () => {
    const { body, headers } = await server.get('/docs/');
    const policy = headers.get('content-security-policy') ?? '';
    expect(/script-src ([^;]*)/.exec(policy)?.[1]).toBe("'self'");
    expect(String(body)).not.toMatch(/<script(?![^>]* src=)|\son\w+=/);
    const redirect = await server.get('/docs', { headers: { host: 'not a host' } });
    expect([redirect.status, redirect.headers.get('location')]).toEqual([301, 'docs/']);
  });

  const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
  it.runIf(hasProgram(CHROMIUM, process.env))(
    'is built in a browser without a violation of its policy',
    async () => {
      const browser = await chromium.launch({
        executablePath: CHROMIUM,
        args: ['--no-sandbox', '--disable-gpu'],
      });
      cleanUpLater(() => browser.close());
      const page = await browser.newPage();
      const faults: string[] = [];
      page.on('console', (message) => void (message.type() === 'error' && faults.push(message.text())));
      await page.goto(`${server.url}/docs`);
      await page
        .getByText('Sign in with email address or username')
        .first()
        .waitFor({ timeout: 60_000, state: 'attached' });
      expect(faults).toEqual([]);
    },
    120_000,
  );
});

describe('A13.14 a preview link', () => {
  const makeLinks = async () => {
    const owner = await server.signUp();
    const page = `/api/pages/${(await server.as(owner, 'GET', '/api/pages')).body.items[0].id}`;
    const create = async (): Promise<string> => {
      const { body } = await server.as(owner, 'POST', `${page}/preview-link`);
      const { pathname, search } = new URL(String(body.url));
      return `${pathname}${search}`;
    };
    return { owner, page, create };
  };

  it('ends when its owner revokes the links of the page; a new one works', async () => {
    const { owner, page, create } = await makeLinks();
    const links = [await create(), await create()];
    for (const link of links) expect((await server.get(link)).status).toBe(200);
    const before = (await server.as(owner, 'GET', page)).body;
    expect((await server.as(owner, 'DELETE', `${page}/preview-link`)).status).toBe(204);
    for (const link of links) expect((await server.get(link)).status).toBe(404);
    expect((await server.get(await create())).status).toBe(200);
    expect((await server.as(owner, 'GET', page)).body).toEqual(before);
  });

  it('is not revoked by others', async () => {
    const { page, create } = await makeLinks();
    const link = await create();
    expect((await server.as(ada, 'DELETE', `${page}/preview-link`)).status).toBe(404);
    expect((await server.call('DELETE', `${page}/preview-link`)).status).toBe(401);
    expect((await server.get(link)).status).toBe(200);
  });

  it('does not work while its maker is suspended', async () => {
    const { owner, create } = await makeLinks();
    const link = await create();
    await markSuspended(server, owner);
    expect((await server.get(link)).status).toBe(404);
  });

  it('ends with a password reset', async () => {
    const { owner, create } = await makeLinks();
    const link = await create();
    await server.post('/api/forgot-password', { email: owner.email });
    const token = await server.readMailedToken(owner.email, 'Reset');
    const password = 'another-horse-battery-77';
    expect((await server.post('/api/reset-password', { token, password })).status).toBe(204);
    expect((await server.get(link)).status).toBe(404);
  });

  it('ends with a new password; one that is made later works', async () => {
    const { owner, create } = await makeLinks();
    const link = await create();
    const change = { currentPassword: PASSWORD, newPassword: 'another-horse-battery-77' };
    expect((await server.as(owner, 'POST', '/api/me/password', change)).status).toBe(204);
    expect((await server.get(link)).status).toBe(404);
    expect((await server.get(await create())).status).toBe(200);
  });

  it('ends when a change of address is undone', async () => {
    const { owner, create } = await makeLinks();
    const token = await server.readMailedToken(owner.email, 'Verify');
    await server.post('/api/verify-email', { token });
    const { email } = newPerson();
    await server.as(owner, 'POST', '/api/me/email', { email, password: PASSWORD });
    const confirm = await server.readMailedToken(email, 'Verify');
    expect((await server.post('/api/verify-email', { token: confirm })).status).toBe(200);
    const link = await create();
    expect((await server.get(link)).status).toBe(200);
    const undo = await server.readMailedToken(owner.email, 'was changed');
    expect((await server.post('/api/undo-email-change', { token: undo })).status).toBe(204);
    expect((await server.get(link)).status).toBe(404);
  });
});
