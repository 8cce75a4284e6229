import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  eventually,
  setRole,
  type SignedUp,
  signUpAdmin,
  startTestServer,
  type TestServer,
} from './kit/index.ts';

let server: TestServer;
let admin: SignedUp;
beforeAll(async () => {
  server = await startTestServer({ worker: true });
  admin = await signUpAdmin(server);
});
afterAll(() => server.close());

const PATHS = [
  '/admin/queues',
  '/admin/queues/',
  '/admin/queues/api/queues',
  '/admin/queues/static/images/logo.svg',
];

describe('the queues', () => {
  it.each(PATHS)('are for those who signed in: %s', async (path) => {
    const { status, body } = await server.call('GET', path);
    expect([status, body.code]).toEqual([401, 'UNAUTHENTICATED']);
  });

  it.each(PATHS)('are for administrators: %s', async (path) => {
    const { token, cookie } = await server.signUp();
    for (const credentials of [{ token }, { cookie }]) {
      const { status, body } = await server.call('GET', path, credentials);
      expect([status, body.code]).toEqual([403, 'FORBIDDEN']);
    }
  });

  it('are shown to an administrator on a page that loads nothing from elsewhere', async () => {
    const { status, body, headers } = await server.call('GET', '/admin/queues', { cookie: admin.cookie });
    expect(status).toBe(200);
    const policy = headers.get('content-security-policy');
    expect(policy).toMatch(/default-src 'none'; script-src 'self';/);
    expect(policy).not.toMatch(/https?:/);
    const [, script = ''] = /src="(static\/js\/main[^"]+)"/.exec(body) ?? [];
    expect((await server.call('GET', `/admin/queues/${script}`, { cookie: admin.cookie })).status).toBe(200);
  });

  it('hold the ids of messages, and nothing of what is in them', async () => {
    const api = '/admin/queues/api/queues?activeQueue=urgent&status=completed';
    const queue = await eventually(async () => {
      const { body } = await server.call('GET', api, { token: admin.token });
      const found = body.queues.find(({ name }: { name: string }) => name === 'urgent');
      return found?.jobs.length > 0 && found;
    });
    expect(queue.jobs[0].data).toEqual({ outboxId: expect.any(String) });
    expect(JSON.stringify(queue)).not.toContain('@example.com');
  });

  it('are not changed from a foreign page', async () => {
    const { status, body } = await server.call('PUT', '/admin/queues/api/queues/urgent/pause', {
      cookie: admin.cookie,
      headers: { origin: 'https://evil.example' },
    });
    expect([status, body.code]).toEqual([403, 'CSRF_REJECTED']);
  });

  it('are gone at once for one who is an administrator no more', async () => {
    const other = await server.signUp();
    await setRole(server, other, 'admin');
    const get = async () => (await server.call('GET', '/admin/queues', { token: other.token })).status;
    expect(await get()).toBe(200);
    await setRole(server, other, 'user');
    expect(await get()).toBe(403);
  });
});
