import { deleteOldEvents } from '@linkgrove/api/jobs';
import { sql } from 'kysely';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  ANSWERS,
  createHook,
  createTeam,
  dumpTables,
  eventually,
  listDeliveriesOf,
  passTime,
  type SignedUp,
  startReceiver,
  storeKey,
  times,
  useTestServer,
  verifyAsStranger,
} from './kit/index.ts';

/** What DNS says in this file; each name has a public address until a test changes it. */
const dns = new Map<string, string[]>();

const server = useTestServer({
  worker: true,
  resolveHost: async (host) => dns.get(host) ?? ['203.0.114.9'],
});
let ada: SignedUp;
beforeEach(async () => {
  ada = await server.signUp();
});

const LOCAL = 'http://localhost:9/';
const create = (body: object, headers = {}) => server.as(ada, 'POST', '/api/webhooks', body, headers);
const rename = async (title: string) => {
  const { id } = (await server.as(ada, 'GET', '/api/pages')).body.items[0];
  return server.as(ada, 'PATCH', `/api/pages/${id}`, { title });
};

describe('a webhook', () => {
  it('can be created, read, listed, changed and deleted', async () => {
    const input = {
      url: 'https://example.com/in',
      events: ['page.updated', 'page.updated'],
      description: 'Mirror',
    };
    const created = await create(input);
    expect(created).toMatchObject({
      status: 201,
      body: {
        workspaceId: ada.user.id,
        url: input.url,
        events: ['page.updated'],
        description: 'Mirror',
        enabled: true,
        disabledReason: null,
        secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/),
      },
    });
    const path = `/api/webhooks/${created.body.id}`;
    const { secret: _, ...shown } = created.body;
    expect((await server.as(ada, 'GET', path)).body).toEqual(shown);
    expect((await server.as(ada, 'GET', '/api/webhooks')).body).toEqual({ items: [shown], nextCursor: null });
    const changed = await server.as(ada, 'PATCH', path, { events: ['*'], enabled: false, description: null });
    expect(changed.body).toMatchObject({ events: ['*'], enabled: false, description: null });
    expect(await server.as(ada, 'DELETE', path)).toMatchObject({ status: 204 });
    expect(await server.as(ada, 'GET', path)).toMatchObject({ status: 404 });
  });

  it('is created once per Idempotency-Key, whose second answer has the secret too', async () => {
    const send = () => create({ url: LOCAL, events: ['*'] }, { 'idempotency-key': 'one' });
    const [first, second] = [await send(), await send()];
    expect(second.body).toEqual(first.body);
    expect((await server.as(ada, 'GET', '/api/webhooks')).body.items).toHaveLength(1);
  });

  it('is created by an API key in the workspace of the key', async () => {
    const team = (await server.as(ada, 'POST', '/api/workspaces', { name: 'Team' })).body.id;
    const key = await storeKey(server, ada, { workspaceId: team, scopes: ['webhooks:write', 'pages:read'] });
    const input = { url: LOCAL, events: ['page.updated'] };
    const { status, body } = await server.post('/api/webhooks', input, key);
    expect([status, body.workspaceId]).toEqual([201, team]);
  });

  it('is in the export of the account without its secret', async () => {
    const { id } = await createHook(server, ada, LOCAL);
    const { body } = await server.as(ada, 'GET', '/api/me/export');
    expect(body.webhooks).toEqual([(await server.as(ada, 'GET', `/api/webhooks/${id}`)).body]);
    expect(JSON.stringify(body)).not.toContain('whsec_');
  });

  it('of a team is in the export of its owners, and of nobody else', async () => {
    const [bob, eve] = [await server.signUp(), await server.signUp()];
    const team = await createTeam(server, { owner: [ada, bob], admin: [eve] });
    const { id } = await createHook(server, ada, LOCAL, { workspaceId: team });
    const exported = async (who: SignedUp) => (await server.as(who, 'GET', '/api/me/export')).body.webhooks;
    expect(await exported(ada)).toMatchObject([{ id, workspaceId: team }]);
    expect(await exported(bob)).toEqual(await exported(ada));
    expect(await exported(eve)).toEqual([]);
    expect(JSON.stringify(await exported(ada))).not.toContain('whsec_');
  });

  it('does not exist for strangers', async () => {
    const { id } = await createHook(server, ada, LOCAL);
    const bob = await server.signUp();
    for (const [method, path, body] of [
      ['GET', ''],
      ['PATCH', '', { enabled: false }],
      ['DELETE', ''],
      ['GET', '/deliveries'],
      ['POST', '/rotate-secret', {}],
      ['POST', '/test', { type: 'page.updated' }],
      ['POST', '/recover', { since: '2026-01-01T00:00:00Z' }],
    ] as const)
      expect(await server.as(bob, method, `/api/webhooks/${id}${path}`, body)).toMatchObject({ status: 404 });
    const theirs = { workspaceId: ada.user.id, url: LOCAL, events: ['*'] };
    expect(await server.as(bob, 'POST', '/api/webhooks', theirs)).toMatchObject({ status: 404 });
  });

  it('is one of ten in a workspace at most, also of parallel requests', async () => {
    const answers = await times(12, () => create({ url: LOCAL, events: ['*'] }));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(10);
    expect(answers.find(({ status }) => status !== 201)?.body.code).toBe('LIMIT_REACHED');
  });

  it.each([
    [{ url: 'no url', events: ['*'] }, 'url'],
    [{ url: LOCAL, events: [] }, 'events'],
    [{ url: LOCAL, events: ['page.exploded'] }, 'events.0'],
    [{ url: LOCAL, events: ['*'], secret: 'mine' }, 'secret'],
  ])('is refused: %j', async (body, path) => {
    const answer = await create(body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
    expect(answer.body.errors.map((error: { path: string }) => error.path)).toContain(path);
  });
});

describe('the URL of a webhook', () => {
  it('is refused at creation and change unless it is public', async () => {
    dns.set('internal.example', ['93.184.216.34', '10.0.0.1']);
    const refused = { status: 422, body: { code: 'WEBHOOK_URL_REFUSED' } };
    const { id } = await createHook(server, ada, 'https://example.com/');
    for (const url of [
      'https://internal.example/',
      'https://169.254.169.254/',
      'https://[::1]/',
      'http://example.com/',
      'https://example.com:6379/',
    ]) {
      expect(await create({ url, events: ['*'] })).toMatchObject(refused);
      expect(await server.as(ada, 'PATCH', `/api/webhooks/${id}`, { url })).toMatchObject(refused);
    }
    expect((await server.as(ada, 'GET', `/api/webhooks/${id}`)).body.url).toBe('https://example.com/');
  });

  it('is checked again at a test and at every attempt, so that a name that moves inside reaches nothing', async () => {
    const { id } = await createHook(server, ada, 'https://moving.example/', { events: ['page.updated'] });
    dns.set('moving.example', ['127.0.0.1']);
    const test = await server.as(ada, 'POST', `/api/webhooks/${id}/test`, { type: 'page.updated' });
    expect(test).toMatchObject({ status: 422, body: { code: 'WEBHOOK_URL_REFUSED' } });
    await rename('New');
    const [delivery] = await eventually(async () => {
      const all = await listDeliveriesOf(server, ada, { id });
      return all[0]?.attempts.length === 1 && all;
    });
    expect(delivery.attempts[0]).toMatchObject({
      status: null,
      error: 'Refused: The host must have public addresses only',
    });
  });
});

describe('the secret of a webhook', () => {
  it('stands in no table in clear, nor in any later answer', async () => {
    const { id, secret } = await createHook(server, ada, LOCAL);
    await server.as(ada, 'POST', `/api/webhooks/${id}/rotate-secret`, {});
    const raw = secret.slice('whsec_'.length);
    const hex = Buffer.from(raw, 'base64').toString('hex');
    for (const { name, text } of await dumpTables(server.app.db)) {
      expect([name, text.includes(raw), text.includes(hex)]).toEqual([name, false, false]);
    }
    const shown = JSON.stringify((await server.as(ada, 'GET', `/api/webhooks/${id}`)).body);
    expect(shown).not.toMatch(/whsec|"secret"/);
  });

  it('stays valid next to the new one until the overlap ends', async () => {
    const receiver = await startReceiver();
    const hook = await createHook(server, ada, receiver.url, { events: ['page.updated'] });
    const rotate = (body: object) => server.as(ada, 'POST', `/api/webhooks/${hook.id}/rotate-secret`, body);
    const { secret } = (await rotate({ overlap: '2h' })).body;
    expect(secret).not.toBe(hook.secret);
    await rename('one');
    await eventually(() => receiver.received.length === 1);
    verifyAsStranger(receiver.received[0]!, hook.secret);
    verifyAsStranger(receiver.received[0]!, secret);
    await passTime(server, hook, '2 hours');
    await rename('two');
    await eventually(() => receiver.received.length === 2);
    verifyAsStranger(receiver.received[1]!, secret);
    expect(() => verifyAsStranger(receiver.received[1]!, hook.secret)).toThrow('No matching signature found');
    const newest = (await rotate({ overlap: '0s' })).body.secret;
    await rename('three');
    await eventually(() => receiver.received.length === 3);
    verifyAsStranger(receiver.received[2]!, newest);
    expect(() => verifyAsStranger(receiver.received[2]!, secret)).toThrow('No matching signature found');
    expect(await rotate({ overlap: '8d' })).toMatchObject({ status: 400 });
  });
});

describe('a delivery', () => {
  it('can be replayed with the same ID and body', async () => {
    const receiver = await startReceiver();
    const hook = await createHook(server, ada, receiver.url, { events: ['page.updated'] });
    await rename('one');
    const [delivery] = await eventually(async () => {
      const all = await listDeliveriesOf(server, ada, hook);
      return all[0]?.status === 'delivered' && all;
    });
    const replay = (id: string) => server.as(ada, 'POST', `/api/webhooks/${hook.id}/deliveries/${id}/replay`);
    expect(await replay(delivery.id)).toMatchObject({ status: 202 });
    await eventually(() => receiver.received.length === 2);
    const [first, second] = receiver.received;
    expect([second!.id, second!.body]).toEqual([first!.id, first!.body]);
    const other = await createHook(server, ada, LOCAL);
    const path = `/api/webhooks/${other.id}/deliveries/${delivery.id}/replay`;
    expect(await server.as(ada, 'POST', path)).toMatchObject({ status: 404 });
  });

  it('can be a test of a type that the webhook does not listen to', async () => {
    const receiver = await startReceiver();
    const hook = await createHook(server, ada, receiver.url, { events: ['page.updated'] });
    const test = await server.as(ada, 'POST', `/api/webhooks/${hook.id}/test`, { type: 'reward.granted' });
    expect(test.status).toBe(202);
    await eventually(() => receiver.received.length === 1);
    const { items } = (await server.get('/api/event-types')).body;
    const documented = items.find((item: { type: string }) => item.type === 'reward.granted');
    expect(receiver.received[0]!.event).toEqual({ ...documented.exampleBody, timestamp: expect.any(String) });
    verifyAsStranger(receiver.received[0]!, hook.secret);
  });

  it('is listed by status', async () => {
    const receiver = await startReceiver(ANSWERS.gone);
    const hook = await createHook(server, ada, receiver.url, { events: ['page.updated'] });
    await rename('one');
    const list = async (status: string) =>
      (await server.as(ada, 'GET', `/api/webhooks/${hook.id}/deliveries?status=${status}`)).body.items;
    await eventually(async () => (await list('failed')).length === 1);
    expect([await list('pending'), await list('delivered')]).toEqual([[], []]);
  });
});

describe('the scheduled job', () => {
  it('deletes events after 30 days, and what deleted webhooks and workspaces left', async () => {
    const receiver = await startReceiver();
    const hook = await createHook(server, ada, receiver.url, { events: ['page.updated'] });
    for (const title of ['old', 'new']) await rename(title);
    await eventually(() => receiver.received.length === 2);
    const rows = async () => {
      const { rows: found } = await sql<{ title: string; endpoint: string }>`
        select e.body::json->'data'->>'title' as title, d.endpoint_id as endpoint
        from webhook_events e left join webhook_deliveries d on d.event_id = e.id
        where e.workspace_id = ${ada.user.id} order by e.sequence`.execute(server.app.db);
      return found;
    };
    await sql`
      update webhook_events set created_at = now() - interval '31 days'
      where id = ${receiver.received[0]!.id}`.execute(server.app.db);
    await deleteOldEvents(server.app);
    expect(await rows()).toEqual([{ title: 'new', endpoint: hook.id }]);
    await server.as(ada, 'DELETE', `/api/webhooks/${hook.id}`);
    await deleteOldEvents(server.app);
    expect(await rows()).toEqual([{ title: 'new', endpoint: null }]);
    await server.as(ada, 'DELETE', '/api/me', { password: 'correct-horse-battery' });
    await deleteOldEvents(server.app);
    expect(await rows()).toEqual([]);
  });
});
