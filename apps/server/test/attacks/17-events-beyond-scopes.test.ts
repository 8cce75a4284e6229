import { SCOPES, type Scope } from '@linkgrove/api/access';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  ANSWERS,
  createHook,
  eventually,
  type Hook,
  listDeliveriesOf,
  type SignedUp,
  startReceiver,
  storeKey,
  useTestServer,
} from '../kit/index.ts';

const URL_OF_THIEF = 'http://localhost:9/thief';
const EVERY_SCOPE = Object.keys(SCOPES).filter((name): name is Scope => name in SCOPES);
const PERSONAL = new Set<Scope>(['referrals:read', 'rewards:read', 'rewards:write']);

const server = useTestServer({ worker: true });
let ada: SignedUp;
let team: string;
beforeEach(async () => {
  ada = await server.signUp();
  team = (await server.as(ada, 'POST', '/api/workspaces', { name: 'Team' })).body.id;
});

const refusal = (scope: string) => ({
  status: 403,
  body: { code: 'INSUFFICIENT_SCOPE', detail: expect.stringContaining(scope) },
});
const newKey = (scopes: readonly Scope[], workspaceId?: string) =>
  storeKey(server, ada, {
    scopes: ['webhooks:read', 'webhooks:write', ...scopes],
    ...(workspaceId && { workspaceId }),
  });
const subscribe = (key: { token: string }, events: string[]) =>
  server.as(key, 'POST', '/api/webhooks', { url: URL_OF_THIEF, events });
const rename = async () => {
  const { id } = (await server.as(ada, 'GET', '/api/pages')).body.items[0];
  await server.as(ada, 'PATCH', `/api/pages/${id}`, { title: `Ada ${Math.random()}` });
};
const untilOpen = (hook: Hook) => eventually(async () => (await listDeliveriesOf(server, ada, hook))[0]);

describe('an API key', () => {
  it('A13.17 subscribes only to types of events whose scope it has', async () => {
    const { items } = (await server.get('/api/event-types')).body;
    for (const { type, scope } of items) {
      const without = await newKey(EVERY_SCOPE.filter((one) => one !== scope && one !== 'webhooks:write'));
      expect([type, await subscribe(without, [type])]).toMatchObject([type, refusal(scope)]);
    }
    expect(await subscribe(await newKey([]), ['*'])).toMatchObject(refusal('workspace:read'));
    const almost = await newKey(EVERY_SCOPE.filter((one) => one !== 'rewards:read'));
    expect(await subscribe(almost, ['*'])).toMatchObject(refusal('rewards:read'));
    expect(await subscribe(await newKey(['pages:read']), ['page.updated'])).toMatchObject({ status: 201 });
    expect(await subscribe(await newKey(EVERY_SCOPE), ['*'])).toMatchObject({ status: 201 });
  });

  it('A13.17 of a team needs `campaigns:read` for referrals and rewards, because it has no personal scopes', async () => {
    const scopes = EVERY_SCOPE.filter((one) => !PERSONAL.has(one));
    const without = await newKey(
      scopes.filter((one) => one !== 'campaigns:read'),
      team,
    );
    expect(await subscribe(without, ['reward.granted'])).toMatchObject(refusal('campaigns:read'));
    expect(await subscribe(await newKey(scopes, team), ['*'])).toMatchObject({ status: 201 });
  });

  it('A13.17 cannot turn a webhook to itself that tells more than the key may read', async () => {
    const { id } = await createHook(server, ada, 'http://localhost:9/');
    const key = await newKey(['pages:read']);
    const path = `/api/webhooks/${id}`;
    for (const [method, sub, body] of [
      ['PATCH', '', { url: URL_OF_THIEF }],
      ['PATCH', '', { events: ['page.updated', 'member.joined'] }],
      ['POST', '/rotate-secret', {}],
      ['POST', '/test', { type: 'member.joined' }],
      ['POST', '/recover', { since: '2026-01-01T00:00:00Z' }],
    ] as const)
      expect([sub, await server.as(key, method, `${path}${sub}`, body)]).toMatchObject([
        sub,
        { status: 403, body: { code: 'INSUFFICIENT_SCOPE' } },
      ]);
    const changes = { url: URL_OF_THIEF, events: ['page.updated'] };
    expect(await server.as(key, 'PATCH', path, changes)).toMatchObject({ status: 200 });
  });

  it('A13.17 cannot turn to itself the open deliveries of types that a webhook listened to before', async () => {
    const receiver = await startReceiver(ANSWERS.broken);
    const hook = await createHook(server, ada, receiver.url);
    await rename();
    await untilOpen(hook);
    await server.as(ada, 'PATCH', `/api/webhooks/${hook.id}`, { events: ['member.joined'] });
    const key = await newKey(['workspace:read']);
    const turn = () => server.as(key, 'PATCH', `/api/webhooks/${hook.id}`, { url: URL_OF_THIEF });
    expect(await turn()).toMatchObject(refusal('pages:read'));
  });

  it('A13.17 neither repeats a delivery nor reads the answer to one beyond its scopes', async () => {
    const receiver = await startReceiver((response, { body }) => void response.writeHead(410).end(body));
    const hook = await createHook(server, ada, receiver.url, { logResponses: true });
    await rename();
    const [delivery] = await eventually(async () => {
      const all = await listDeliveriesOf(server, ada, hook);
      return all[0]?.status === 'failed' && all;
    });
    expect(delivery.attempts[0].response).toContain('page.updated');
    receiver.answer = ANSWERS.ok;
    const events = ['member.joined'];
    await server.as(ada, 'PATCH', `/api/webhooks/${hook.id}`, { enabled: true, events });
    const [key, reader] = [await newKey(['workspace:read']), await newKey(['pages:read'])];
    const path = `/api/webhooks/${hook.id}`;
    const replayed = await server.as(key, 'POST', `${path}/deliveries/${delivery.id}/replay`);
    expect(replayed).toMatchObject(refusal('pages:read'));
    const recovered = await server.as(key, 'POST', `${path}/recover`, { since: '2026-01-01T00:00:00Z' });
    expect(recovered).toMatchObject({ status: 202, body: { deliveries: 0 } });
    const [hidden] = await listDeliveriesOf(server, { ...ada, token: key.token }, hook);
    expect(hidden.attempts).toEqual([expect.not.objectContaining({ response: expect.anything() })]);
    const [shown] = await listDeliveriesOf(server, { ...ada, token: reader.token }, hook);
    expect(shown.attempts[0].response).toContain('page.updated');
  });
});
