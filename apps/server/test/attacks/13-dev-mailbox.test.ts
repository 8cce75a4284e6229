import { request } from 'node:http';
import { ConfigError, type Env, parseConfig } from '@linkgrove/api';
import { testEnv } from '@linkgrove/api/testing';
import { cloneDatabase } from '@linkgrove/db/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Instance, startInstance } from '../kit/index.ts';

let database: Awaited<ReturnType<typeof cloneDatabase>>;
let server: Instance;
beforeAll(async () => {
  database = await cloneDatabase(inject('databaseServerUrl'));
  server = await startInstance(database.url, { PUBLIC_URL: 'http://linkgrove.localhost:3000' });
});
afterAll(async () => {
  await server.close();
  await database.drop();
});

/** The status of a GET with any Host header, which `fetch` would not send. */
const statusWith = (url: string, path: string, headers: Record<string, string>): Promise<number> =>
  new Promise((resolve, reject) => {
    const sent = request(new URL(path, url), { headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.on('error', reject).end();
  });

const PATHS = ['/dev/mail', '/dev/mail.json', '/dev/mail/x', '/dev/mail/x/html'];
const FOREIGN = [
  'attacker.example',
  'attacker.example:3000',
  'localhost.attacker.example',
  '127.0.0.1.attacker.example',
  'localhost@attacker.example',
  'attackerlocalhost',
  '192.168.1.5',
  '0.0.0.0',
  '[::]',
];

describe('A13.13 the development mailbox', () => {
  it.each(FOREIGN)('refuses the Host %j, to which a foreign name may have been bound', async (host) => {
    for (const path of PATHS)
      expect([path, await statusWith(server.url, path, { host })]).toEqual([path, 403]);
  });

  it('believes the Host header, not a forwarded one', async () => {
    const proxied = await startInstance(database.url, { TRUST_PROXY: '127.0.0.1' });
    const headers = { host: 'attacker.example', 'x-forwarded-host': 'localhost' };
    expect(await statusWith(proxied.url, '/dev/mail', headers)).toBe(403);
    await proxied.close();
  });

  it.each([
    'localhost',
    'LOCALHOST:3000',
    'localhost.',
    '127.0.0.1',
    '127.8.9.10:80',
    '[::1]:3000',
    'mail.localhost',
    'linkgrove.localhost:3000',
  ])('answers this machine: %s', async (host) => {
    expect(await statusWith(server.url, '/dev/mail.json', { host })).toBe(200);
  });

  it('answers any Host if DEV_MAIL=public says so', async () => {
    const open = await startInstance(database.url, { DEV_MAIL: 'public' });
    expect(await statusWith(open.url, '/dev/mail.json', { host: 'preview.example' })).toBe(200);
    await open.close();
  });
});

/** The message about refused settings; undefined if they are accepted. */
function refusalOf(env: Env): string | undefined {
  try {
    parseConfig(testEnv(env));
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
}

describe('A13.13 a development server without SMTP', () => {
  it.each(['0.0.0.0', '::', '192.168.1.5', 'my-laptop.lan', '127.0.0.1.example.com'])(
    'refuses to listen on %s, beyond this machine',
    (host) => {
      expect(refusalOf({ HOST: host })).toMatch(
        /^Configuration: HOST must be a loopback address [^\r\n]*DEV_MAIL=public[^\r\n]*$/,
      );
    },
  );

  it.each<Env>([
    { HOST: '0.0.0.0', DEV_MAIL: 'public' },
    { HOST: '0.0.0.0', SMTP_URL: 'smtp://mail.internal' },
    { HOST: '127.0.0.1' },
    { HOST: '127.0.0.2' },
    { HOST: 'localhost' },
    { HOST: '::1' },
    {},
  ])('starts with %j', (env) => {
    expect(refusalOf(env)).toBeUndefined();
  });

  it('refuses other values of DEV_MAIL', () => {
    expect(refusalOf({ DEV_MAIL: 'yes' })).toMatch(/^Configuration: DEV_MAIL must be public/);
  });
});

it.each(['x-forwarded-for', 'forwarded', 'X-Forwarded-Host'])(
  'A13.13 a proxy on this machine does not publish the mailbox: %s',
  async (name) => {
    expect(await statusWith(server.url, '/dev/mail.json', { host: 'localhost', [name]: '8.8.8.8' })).toBe(
      403,
    );
  },
);
