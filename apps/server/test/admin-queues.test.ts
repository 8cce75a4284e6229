import { describe, expect, it } from 'vitest';
import { eventually, setRole, useAdmin, useTestServer } from './kit/index.ts';

const server = useTestServer({ worker: true });
const admin = useAdmin(server);

const PATHS = [
  '/admin/queues',
  '/admin/queues/',
  '/admin/queues/api/queues',
  '/admin/queues/static/images/logo.svg',
];

describe('the queue dashboard', () => {
  it.each(PATHS)('requires a session: %s', async (path) => {
    const { status, body } = await server.call('GET', path);
    expect([status, body.code]).toEqual([401, 'UNAUTHENTICATED']);
  });

  it.each(PATHS)('requires an administrator: %s', async (path) => {
    const { token, cookie } = await server.signUp();
    for (const credentials of [{ token }, { cookie }]) {
      const { status, body } = await server.call('GET', path, credentials);
      expect([status, body.code]).toEqual([403, 'FORBIDDEN']);
    }
  });

  it('is shown to an administrator on a page that loads nothing from other hosts', async () => {
    const { status, body, headers } = await server.call('GET', '/admin/queues', { cookie: admin.cookie });
    expect(status).toBe(200);
    const policy = headers.get('content-security-policy');
    expect(policy).toMatch(/default-src 'none'; script-src 'self';/);
    expect(policy).not.toMatch(/https?:/);
    const [, script = ''] = /src="(static\/js\/main[^"]+)"/.exec(body) ?? [];
    expect((await server.call('GET', `/admin/queues/${script}`, { cookie: admin.cookie })).status).toBe(200);
  });

  it('shows message ids but no message content', async () => {
    const api = '/admin/queues/api/queues?activeQueue=urgent&status=completed';
    const queue = await eventually(async () => {
      const { body } = await server.call('GET', api, { token: admin.token });
      const found = body.queues.find(({ name }: { name: string }) => name === 'urgent');
      return found?.jobs.length > 0 && found;
    });
    expect(queue.jobs[0].data).toEqual({ outboxId: expect.any(String), requestId: expect.any(String) });
    expect(JSON.stringify(queue)).not.toContain('@example.com');
  });

  it('lets an administrator pause and resume a queue', async () => {
    const isPaused = async () => {
      const { body } = await server.call('GET', '/admin/queues/api/queues', { token: admin.token });
      return body.queues.find(({ name }: { name: string }) => name === 'bulk').isPaused;
    };
    for (const [action, paused] of [
      ['pause', true],
      ['resume', false],
    ]) {
      const path = `/admin/queues/api/queues/bulk/${action}`;
      expect((await server.call('PUT', path, { token: admin.token })).status).toBe(200);
      expect(await isPaused()).toBe(paused);
    }
  });

  it('answers an unknown path with 404', async () => {
    const { status, body } = await server.call('GET', '/admin/queues/none', { token: admin.token });
    expect([status, body.code]).toEqual([404, 'NOT_FOUND']);
  });

  it('refuses changes from a foreign page', async () => {
    const { status, body } = await server.call('PUT', '/admin/queues/api/queues/urgent/pause', {
      cookie: admin.cookie,
      headers: { origin: 'https://evil.example' },
    });
    expect([status, body.code]).toEqual([403, 'CSRF_REJECTED']);
  });

  it('is refused at once to a user who is no longer an administrator', async () => {
    const other = await server.signUp();
    await setRole(server, other, 'admin');
    const get = async () => (await server.call('GET', '/admin/queues', { token: other.token })).status;
    expect(await get()).toBe(200);
    await setRole(server, other, 'user');
    expect(await get()).toBe(403);
  });
});
