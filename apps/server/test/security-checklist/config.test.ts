import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { ConfigError, type Env, loadDevelopmentSecrets, parseConfig } from '@linkgrove/api';
import { findFreePort, testEnv } from '@linkgrove/api/testing';
import { openDatabase } from '@linkgrove/db';
import { cloneDatabase } from '@linkgrove/db/testing';
import { sql } from 'kysely';
import { describe, expect, inject, it } from 'vitest';
import { startInstance } from '../kit/index.ts';

const root = new URL('../../../..', import.meta.url).pathname;

const production: Env = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgres://linkgrove:a-long-password@db.example.com/linkgrove',
  SMTP_URL: 'smtps://mail.example.com',
  PUBLIC_URL: 'https://api.example.com',
  APP_URL: 'https://app.example.com',
  JWT_PRIVATE_KEYS: testEnv()['JWT_PRIVATE_KEYS'],
  PASSWORD_PEPPER: randomBytes(32).toString('base64'),
};

/** The message about invalid settings; null if they are valid. */
function refusal(env: Env): string | null {
  try {
    parseConfig(loadDevelopmentSecrets(env));
    return null;
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
}

const SHORT_KEY = { kty: 'OKP', crv: 'Ed25519', x: 'AAAA', d: 'AAAA' };
const wrong: [string, string | undefined][] = [
  ['DATABASE_URL', undefined],
  ['DATABASE_URL', ''],
  ['DATABASE_URL', 'mysql://secret-value'],
  ['SMTP_URL', undefined],
  ['SMTP_URL', 'mail.secret-value'],
  ['PUBLIC_URL', undefined],
  ['PUBLIC_URL', 'secret-value'],
  ['PUBLIC_URL', 'https://user:secret-value@api.example.com'],
  ['APP_URL', undefined],
  ['APP_URL', 'javascript:secret-value'],
  ['JWT_PRIVATE_KEYS', undefined],
  ['JWT_PRIVATE_KEYS', ''],
  ['JWT_PRIVATE_KEYS', 'secret-value'],
  ['JWT_PRIVATE_KEYS', '[]'],
  ['JWT_PRIVATE_KEYS', JSON.stringify([SHORT_KEY])],
  ['JWT_PRIVATE_KEYS', JSON.stringify([{ kty: 'oct', k: 'secret-value' }])],
  ['PASSWORD_PEPPER', undefined],
  ['PASSWORD_PEPPER', ''],
  ['PASSWORD_PEPPER', 'changeme-secret-value'],
  ['PASSWORD_PEPPER', Buffer.from('secret-value-of-31-bytes-only!!').toString('base64')],
  ['PASSWORD_PEPPER', Buffer.alloc(32).toString('base64')],
  ['BCRYPT_COST', '9'],
  ['BCRYPT_COST', 'secret-value'],
  ['RATE_LIMIT_LOGIN', 'secret-value'],
  ['RATE_LIMIT_LOGIN', '0/1m'],
  ['TRUST_PROXY', 'secret-value'],
  ['TRUST_PROXY', '1'],
  ['TRUST_PROXY', 'true'],
  ['NODE_ENV', 'secret-value'],
  ['LOG_LEVEL', 'secret-value'],
];

describe('G1 a missing or invalid setting', () => {
  it('is the only problem in the cases below', () => {
    expect(refusal(production)).toBeNull();
  });

  it.each(wrong)('is named without its value: %s=%j', (name, value) => {
    const said = refusal({ ...production, [name]: value });
    expect(said).toContain(name);
    expect(said).not.toContain('secret-value');
    if (value && value.length > 12) expect(said).not.toContain(value);
    expect(said?.split('\n')).toHaveLength(1);
  });

  it('ends the program with an error before it listens', async () => {
    const port = await findFreePort();
    const start = (script: string) =>
      new Promise<{ code: unknown; stderr: string; stdout: string }>((resolve) => {
        const env = {
          ...production,
          PATH: process.env['PATH'],
          PORT: String(port),
          PASSWORD_PEPPER: 'changeme-secret-value',
        };
        execFile(process.execPath, [script], { cwd: root, env }, (error, stdout, stderr) =>
          resolve({ code: error?.code, stdout, stderr }),
        );
      });
    for (const script of ['apps/server/src/main.ts', 'apps/worker/src/main.ts']) {
      const { code, stdout, stderr } = await start(script);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^Configuration: PASSWORD_PEPPER [^\n]+\n$/);
      expect(stdout + stderr).not.toContain('secret-value');
    }
    const isOpen = await new Promise<boolean>((resolve) => {
      connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
    });
    expect(isOpen).toBe(false);
  });
});

describe('G2 production', () => {
  it.each<[string, Env]>([
    ['http to the API', { PUBLIC_URL: 'http://api.example.com' }],
    ['http to the app', { APP_URL: 'http://app.example.com' }],
    ['any origin', { CORS_ORIGINS: '*' }],
    ['the origin null', { CORS_ORIGINS: 'null' }],
    ['an origin with a wildcard', { CORS_ORIGINS: 'https://*.example.com' }],
    ['an origin that is an address', { CORS_ORIGINS: 'https://app.example.com/' }],
    ['cheap hashes', { BCRYPT_COST: '4' }],
  ])('refuses %s', (_case, change) => {
    expect(refusal({ ...production, ...change })).toContain(Object.keys(change)[0]);
  });

  it('sets secure cookies, trusts only its own origins, and shows neither docs nor metrics', () => {
    const config = parseConfig(production);
    expect(config).toMatchObject({
      secureCookies: true,
      docs: false,
      metrics: false,
      builtInPages: false,
      bcryptCost: 12,
    });
    expect([...config.trustedOrigins].toSorted()).toEqual([
      'https://api.example.com',
      'https://app.example.com',
    ]);
    expect(config.trustProxy).toBeUndefined();
  });

  it('is the only mode without generated secrets; any other listens on this machine alone', () => {
    const { NODE_ENV: _, ...unset } = production;
    expect(parseConfig(unset)).toMatchObject({ production: false, host: '127.0.0.1' });
    const { PASSWORD_PEPPER: _pepper, ...bare } = production;
    expect(refusal(bare)).toContain('PASSWORD_PEPPER is required');
  });
});

function* sources(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (/^(node_modules|dist|\.git|\.data)$/.test(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (/\.(ts|js|json|md|ya?ml|sh|sql|toml)$|^\.env/.test(entry.name)) yield path;
  }
}

it('G3 the sources contain no key and no password', () => {
  const secret =
    /-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_\w{36}\b|\bxox[abp]-[\w-]{20}|["']?\bd\b["']?:\s*["'][\w-]{43}["']/;
  // The public test key, and the patterns that tests search for.
  const known = [/\/testing\/config\.ts$/, /\.test\.ts$/];
  const found = ['apps', 'packages', 'scripts', 'docs', 'bench']
    .flatMap((folder) => [...sources(join(root, folder))])
    .filter(
      (path) => !known.some((pattern) => pattern.test(path)) && secret.test(readFileSync(path, 'utf8')),
    );
  expect(found).toEqual([]);
  for (const name of ['.env', '.data'])
    expect(readFileSync(join(root, '.gitignore'), 'utf8')).toContain(name);
});

it('G4 every dependency is locked with its hash and comes from the registry', () => {
  const lock = readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8');
  const resolutions = [...lock.matchAll(/^ {4}resolution: (.*)$/gm)].map(([, text]) => text as string);
  expect(resolutions.length).toBeGreaterThan(100);
  for (const text of resolutions) expect(text).toMatch(/^\{integrity: sha512-[\w+/=]+\}$/);
  expect(lock).not.toMatch(/tarball:|git\+|codeload\.github|http:\/\//);
});

it('G4 engines of dependencies are compared with the Node that runs them', () => {
  const read = (name: string) => readFileSync(join(root, name), 'utf8');
  const [, version] = /^nodeVersion: (.+)$/m.exec(read('pnpm-workspace.yaml')) ?? [];
  expect(JSON.parse(read('package.json')).devDependencies.node).toBe(version);
});

it('G5 the server needs a database role that can only read and write rows', async () => {
  const { url, drop } = await cloneDatabase(inject('databaseServerUrl'));
  const owner = openDatabase({ url });
  const role = `app_${randomBytes(4).toString('hex')}`;
  const name = sql.ref(role);
  await sql`create role ${name} login password 'app'`.execute(owner.db);
  await sql`revoke create on schema public from public`.execute(owner.db);
  await sql`grant select, insert, update, delete on all tables in schema public to ${name}`.execute(owner.db);
  await sql`grant usage on all sequences in schema public to ${name}`.execute(owner.db);
  const asApp = new URL(url);
  asApp.username = role;
  asApp.password = 'app';
  const server = await startInstance(asApp.href);
  const ada = await server.signUp();
  expect((await server.call('GET', '/api/me', { token: ada.token })).status).toBe(200);
  expect((await server.call('GET', '/api/referral-stats', { token: ada.token })).status).toBe(200);
  expect((await server.call('POST', '/api/logout', { cookie: ada.cookie })).status).toBe(204);
  await expect(sql`create table theirs (id int)`.execute(server.app.db)).rejects.toMatchObject({
    code: '42501',
  });
  await expect(sql`drop table users`.execute(server.app.db)).rejects.toMatchObject({ code: '42501' });
  await server.close();
  await sql`drop owned by ${name}`.execute(owner.db);
  await sql`drop role ${name}`.execute(owner.db);
  await owner.close();
  await drop();
});
