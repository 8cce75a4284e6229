import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { testConfig } from '../../testing/config.ts';
import type { Env } from '../config/config.ts';
import { checkDestination } from './judge.ts';
import { sendToDestination } from './post.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

/** Checks a URL with a resolver that gives `addresses` for every name. */
const check = (url: string, addresses: string[] = ['203.0.114.9'], env: Env = {}) =>
  checkDestination({ config: testConfig(env), resolveHost: async () => addresses }, url);
const isRefused = async (...args: Parameters<typeof check>) => 'refusal' in (await check(...args));

async function listen(answer: RequestListener): Promise<number> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUps.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  return (server.address() as AddressInfo).port;
}

describe('a destination', () => {
  it('is allowed with https, a public host and a usual port', async () => {
    for (const url of ['https://example.com/in', 'https://example.com:443', 'https://example.com:80/']) {
      expect(await check(url)).toMatchObject({ addresses: ['203.0.114.9'] });
    }
  });

  it.each([
    ['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '169.254.169.254', '172.16.0.1', '192.168.1.1'],
    ['192.0.0.8', '192.0.2.1', '192.88.99.1', '198.18.0.1', '198.51.100.1', '203.0.113.1', '224.0.0.1'],
    ['240.0.0.1', '255.255.255.255'],
    ['::', '::1', 'fc00::1', 'fd12::1', 'fe80::1', 'fec0::1', 'ff02::1', '100::1', '2001:db8::1', '3fff::1'],
    ['::ffff:8.8.8.8', '64:ff9b::808:808', '64:ff9b:1::1', '2002:808:808::1', '2001::1', '2001:2::1'],
    ['4000::1', '5f00::1', '::8.8.8.8', '2001:10::1', '2001:20::1', 'not-an-address'],
  ])('is refused if its host has an address such as %s', async (...addresses) => {
    for (const address of addresses) {
      expect([address, await isRefused('https://example.com/', [address])]).toEqual([address, true]);
      const mixed = ['93.184.216.34', address];
      expect([address, await isRefused('https://example.com/', mixed)]).toEqual([address, true]);
    }
  });

  it.each([
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://0177.0.0.1/',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://[fd00::1]/',
    'https://169.254.169.254/latest/meta-data',
    'https://１２７.0.0.1/',
  ])('is refused if it is written as %s', async (url) => {
    expect(await isRefused(url)).toBe(true);
  });

  it.each([
    'http://example.com/',
    'ftp://example.com/',
    'file:///etc/passwd',
    'https://example.com:22/',
    'https://example.com:8443/',
    'https://user:password@example.com/',
    'http://169.254.169.254/',
    'http://localhost.example.com/',
  ])('is refused: %s', async (url) => {
    expect(await isRefused(url)).toBe(true);
  });

  it('is refused in the same words whether a name is unknown or internal', async () => {
    const unknown = await check('https://intranet.example/', []);
    expect(unknown).toEqual(await check('https://intranet.example/', ['10.0.0.5']));
  });

  it('may be this machine by plain HTTP in development, and never in production', async () => {
    const production = {
      NODE_ENV: 'production',
      DATABASE_URL: 'postgres://localhost/a',
      SMTP_URL: 'smtps://localhost',
      PUBLIC_URL: 'https://example.com',
      APP_URL: 'https://example.com',
      BCRYPT_COST: '12',
    };
    for (const url of ['http://localhost:4000/', 'http://127.0.0.1:4000/', 'http://[::1]:4000/']) {
      expect(await isRefused(url)).toBe(false);
      expect(await isRefused(url, [], production)).toBe(true);
    }
    expect(await isRefused('https://localhost/', ['127.0.0.1'])).toBe(true);
  });

  it('may use other ports and networks if the operator says so', async () => {
    const env = { WEBHOOK_PORTS: '443,8443', WEBHOOK_ALLOW_NETWORKS: '10.1.0.0/16,fd00::/8' };
    expect(await isRefused('https://example.com:8443/', undefined, env)).toBe(false);
    expect(await isRefused('https://example.com:80/', undefined, env)).toBe(true);
    expect(await isRefused('https://hooks.internal/', ['10.1.2.3', 'fd12::1'], env)).toBe(false);
    expect(await isRefused('https://hooks.internal/', ['10.2.2.3'], env)).toBe(true);
    expect(await isRefused('https://10.1.2.3/', undefined, env)).toBe(false);
    expect(await isRefused('https://[::ffff:10.1.2.3]/', undefined, env)).toBe(true);
  });
});

describe('a request', () => {
  const request = (signal = AbortSignal.timeout(5_000)) => ({
    body: Buffer.from('{}'),
    headers: { 'content-type': 'application/json' },
    bodyBytes: 10,
    signal,
  });

  it('goes to the address that was judged, with the name in its Host header', async () => {
    const port = await listen((incoming, response) => response.end(incoming.headers.host));
    const url = new URL(`http://rebinding.invalid:${port}/`);
    const answer = await sendToDestination(
      { url, addresses: ['127.0.0.1'] },
      { ...request(), bodyBytes: 100 },
    );
    expect(answer.body).toBe(`rebinding.invalid:${port}`);
  });

  it('never goes to an address that a name got after it was judged', async () => {
    const requests: string[] = [];
    const port = await listen((incoming, response) => {
      requests.push(incoming.headers.host ?? '');
      response.end();
    });
    const answers = [['203.0.114.9'], ['127.0.0.1']];
    const resolveHost = async () => answers.shift() ?? [];
    const config = testConfig({ WEBHOOK_PORTS: String(port) });
    const judged = await checkDestination({ config, resolveHost }, `https://rebinding.invalid:${port}/`);
    if ('refusal' in judged) throw new Error(judged.refusal);
    // Plain HTTP would reach the server above if the name were resolved once more.
    const url = new URL(`http://rebinding.invalid:${port}/`);
    await expect(sendToDestination({ ...judged, url }, request(AbortSignal.timeout(200)))).rejects.toThrow(
      /abort|timeout|unreach|refused/i,
    );
    expect(requests).toEqual([]);
    expect(answers).toHaveLength(1);
  });

  it('names the host in the TLS handshake', async () => {
    let hello = '';
    const server = createSocketServer((socket) =>
      socket.once('data', (data) => {
        hello = data.toString('latin1');
        socket.destroy();
      }),
    ).listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanUps.push(() => server.close());
    const url = new URL(`https://hooks.example.com:${(server.address() as AddressInfo).port}/`);
    await expect(sendToDestination({ url, addresses: ['127.0.0.1'] }, request())).rejects.toThrow(
      /socket|disconnect|reset/i,
    );
    expect(hello).toContain('hooks.example.com');
  });

  it('uses no proxy of the environment', async () => {
    const port = await listen((_incoming, response) => response.end('here'));
    process.env['HTTP_PROXY'] = process.env['http_proxy'] = 'http://127.0.0.1:1';
    process.env['NODE_USE_ENV_PROXY'] = '1';
    cleanUps.push(() =>
      ['HTTP_PROXY', 'http_proxy', 'NODE_USE_ENV_PROXY'].forEach((name) => delete process.env[name]),
    );
    const url = new URL(`http://127.0.0.1:${port}/`);
    expect(await sendToDestination({ url, addresses: ['127.0.0.1'] }, request())).toMatchObject({
      status: 200,
    });
  });

  it('follows no redirect, and reads no more of an endless answer than asked for', async () => {
    const port = await listen((_incoming, response) => {
      response.writeHead(302, { location: 'http://127.0.0.1:1/' });
      const pump = () => {
        while (!response.destroyed && response.write('x'.repeat(10_000)));
      };
      response.on('drain', pump);
      pump();
    });
    const url = new URL(`http://127.0.0.1:${port}/`);
    const answer = await sendToDestination({ url, addresses: ['127.0.0.1'] }, request());
    expect(answer).toEqual({ status: 302, retryAfter: undefined, body: 'x'.repeat(10) });
  });

  it('fails at once if the answer switches to another protocol', async () => {
    const port = await listen((_incoming, response) => {
      response.writeHead(101, { connection: 'upgrade', upgrade: 'websocket' }).end();
    });
    const url = new URL(`http://127.0.0.1:${port}/`);
    for (const bodyBytes of [0, 10])
      await expect(
        sendToDestination({ url, addresses: ['127.0.0.1'] }, { ...request(), bodyBytes }),
      ).rejects.toThrow('without an answer');
  });

  it('fails if the answer is late, and succeeds if only its body is', async () => {
    const late = await listen(() => {});
    const slow = await listen((_incoming, response) => void response.writeHead(200).write('half'));
    const send = (port: number, ms: number) =>
      sendToDestination(
        { url: new URL(`http://127.0.0.1:${port}/`), addresses: ['127.0.0.1'] },
        request(AbortSignal.timeout(ms)),
      );
    await expect(send(late, 100)).rejects.toThrow(/aborted|timeout/i);
    // The head must arrive in this time.
    expect(await send(slow, 2_000)).toMatchObject({ status: 200, body: 'half' });
  });
});
