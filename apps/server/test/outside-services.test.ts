import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newPerson, PASSWORD, startTestServer, type TestServer } from './kit/index.ts';

const BREACHED = 'a-password-of-a-breach';
const PADDED = 'a-password-of-the-padding';
const hashOf = (password: string) => createHash('sha1').update(password).digest('hex').toUpperCase();

/** What the stand-in does next: answers as the real services do, or not at all. */
let mode: 'up' | 'silent' | 'broken' = 'up';
const asked: string[] = [];

async function readBody(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return new URLSearchParams(Buffer.concat(chunks).toString());
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  asked.push(`${request.method} ${request.url}`);
  if (mode === 'silent') return;
  if (mode === 'broken') return void response.writeHead(500).end('<html>');
  if (request.method === 'POST') {
    const body = await readBody(request);
    const isRight = body.get('secret') === 'the-secret-of-the-site' && body.get('response') === 'solved';
    response.setHeader('content-type', 'application/json');
    return void response.end(
      JSON.stringify(
        isRight ? { success: true } : { success: false, 'error-codes': ['invalid-input-response'] },
      ),
    );
  }
  const lines = [BREACHED, PADDED].map(
    (password) => `${hashOf(password).slice(5)}:${password === PADDED ? 0 : 12}`,
  );
  response.end([...lines, `${'0'.repeat(35)}:3`].join('\r\n'));
}

const services = createServer((request, response) => void answer(request, response));
let url: string;
let server: TestServer;
beforeAll(async () => {
  await new Promise<void>((resolve) => services.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(services.address() as AddressInfo).port}`;
  server = await startTestServer({
    env: {
      PWNED_PASSWORDS_URL: `${url}/range/`,
      CAPTCHA_URL: `${url}/siteverify`,
      CAPTCHA_SECRET: 'the-secret-of-the-site',
    },
  });
  // The first request takes longest, and what is not answered within a second passes.
  await register();
});
afterAll(async () => {
  services.closeAllConnections();
  services.close();
  await server.close();
});

const SOLVED = { 'captcha-token': 'solved' };
const register = (password = PASSWORD, headers: Record<string, string> = SOLVED) =>
  server.register({ ...newPerson(), password }, { headers });
const readMetric = async (name: string, outcome: string): Promise<number> => {
  const text = await server.app.metrics.register.metrics();
  return Number(new RegExp(`${name}\\{outcome="${outcome}"\\} (\\d+)`).exec(text)?.[1] ?? 0);
};

describe('a password from a breach', () => {
  it('is refused at every change, and only five digits of its hash leave the house', async () => {
    const refused = await register(BREACHED);
    expect(refused).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'password', code: 'weak_password' }] },
    });
    const gets = asked.filter((line) => line.startsWith('GET'));
    expect(gets.at(-1)).toBe(`GET /range/${hashOf(BREACHED).slice(0, 5)}`);
    const { body } = await register();
    const change = { currentPassword: PASSWORD, newPassword: BREACHED };
    expect(
      (await server.call('POST', '/api/me/password', { token: body.accessToken, body: change })).body
        .errors[0].path,
    ).toBe('newPassword');
  });

  it('is one that was seen, which padding was not', async () => {
    expect((await register(PADDED)).status).toBe(201);
    expect(await readMetric('linkgrove_breach_lookups_total', 'found')).toBeGreaterThan(0);
  });

  it.each(['silent', 'broken'] as const)('passes while the service is %s', async (state) => {
    mode = state;
    const before = await readMetric('linkgrove_breach_lookups_total', 'unknown');
    expect((await register(BREACHED)).status).toBe(201);
    expect(await readMetric('linkgrove_breach_lookups_total', 'unknown')).toBe(before + 1);
    mode = 'up';
  });
});

describe('a captcha', () => {
  it.each([
    ['POST', '/api/register', newPerson()],
    ['POST', '/api/forgot-password', { email: 'ada@example.com' }],
    ['POST', '/api/login-link', { email: 'ada@example.com' }],
    ['POST', '/api/passkeys/authentication/options', {}],
    ['POST', '/api/public/reports', { handle: 'nobody-at-all', reason: 'spam' }],
  ])('is needed for %s %s, over tRPC too', async (method, path, body) => {
    for (const headers of [{}, { 'captcha-token': 'guessed' }, { 'captcha-token': 'x'.repeat(8_193) }])
      expect(await server.call(method, path, { body, headers })).toMatchObject({
        status: 400,
        body: { errors: [{ path: 'Captcha-Token', code: 'captcha_refused' }] },
      });
    expect((await server.call(method, path, { body, headers: SOLVED })).status).toBeLessThan(300);
  });

  it('is not asked for by the form for reports, which works without a script', async () => {
    const person = newPerson();
    const { accessToken: token } = (await server.register(person, { headers: SOLVED })).body;
    const [page] = (await server.call('GET', '/api/pages', { token })).body.items;
    await server.call('PATCH', `/api/pages/${page.id}`, { token, body: { published: true } });
    const sent = await server.call('POST', `/@${page.handle}/report`, {
      body: 'reason=spam',
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: 'http://localhost:3000' },
    });
    expect(sent.status).toBe(200);
  });

  it.each(['silent', 'broken'] as const)(
    'is let through while the service is %s, and counted',
    async (state) => {
      mode = state;
      const before = await readMetric('linkgrove_captcha_checks_total', 'unavailable');
      expect((await register()).status).toBe(201);
      expect((await register(PASSWORD, {})).status).toBe(400);
      expect(await readMetric('linkgrove_captcha_checks_total', 'unavailable')).toBe(before + 1);
      mode = 'up';
    },
  );

  it('GHSA-8fpg-xm3f-6cx3: with a wrong secret lets nobody through', async () => {
    const wrong = await startTestServer({
      env: { CAPTCHA_URL: `${url}/siteverify`, CAPTCHA_SECRET: 'the-secret-of-another' },
    });
    expect((await wrong.register(newPerson(), { headers: SOLVED })).status).toBe(400);
    await wrong.close();
  });
});
