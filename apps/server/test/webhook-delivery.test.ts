import { beforeEach, describe, expect, it } from 'vitest';
import {
  ANSWERS,
  createHook,
  eventually,
  type Hook,
  listDeliveriesOf,
  moveTime,
  passTime,
  type SignedUp,
  startReceiver,
  useTestServer,
  verifyAsStranger,
} from './kit/index.ts';

const server = useTestServer({ worker: true });
let ada: SignedUp;
beforeEach(async () => {
  ada = await server.signUp();
});

const pageOf = async (who: SignedUp): Promise<string> =>
  (await server.as(who, 'GET', '/api/pages')).body.items[0].id;
const rename = async (who: SignedUp, title: string) =>
  server.as(who, 'PATCH', `/api/pages/${await pageOf(who)}`, { title });
const newest = async (hook: Hook) => (await listDeliveriesOf(server, ada, hook))[0];
const untilAttempts = (hook: Hook, count: number) =>
  eventually(async () => {
    const delivery = await newest(hook);
    return delivery?.attempts.length >= count && delivery;
  });

describe('an event', () => {
  it('arrives signed, and verifies for a stranger', async () => {
    const receiver = await startReceiver();
    const hook = await createHook(server, ada, `${receiver.url}/in?a=b`);
    await rename(ada, 'Ada');
    await eventually(() => receiver.received.length === 1);
    const [one] = receiver.received;
    expect(verifyAsStranger(one!, hook.secret)).toMatchObject({
      type: 'page.updated',
      data: { title: 'Ada' },
    });
    expect(one).toMatchObject({
      path: '/in?a=b',
      headers: { 'content-type': 'application/json', host: new URL(receiver.url).host },
    });
    expect(await untilAttempts(hook, 1)).toMatchObject({
      eventId: one!.id,
      type: 'page.updated',
      status: 'delivered',
      attempts: [{ status: 204, error: null }],
      nextAttemptAt: null,
    });
  });

  it('is tried ten times in three days with the same ID and body, each with its own timestamp, then it has failed', async () => {
    const receiver = await startReceiver(ANSWERS.broken);
    const hook = await createHook(server, ada, receiver.url);
    await rename(ada, 'Ada');
    const waits: number[] = [];
    for (let tries = 1; tries <= 10; tries++) {
      const delivery = await untilAttempts(hook, tries);
      expect(delivery.status).toBe(tries < 10 ? 'pending' : 'failed');
      if (tries === 10) break;
      const last = delivery.attempts.at(-1);
      const wait = (Date.parse(delivery.nextAttemptAt) - Date.parse(last.at)) / 1_000;
      waits.push(wait);
      await passTime(server, hook, `${wait} seconds`);
    }
    const planned = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
    for (const [index, wait] of waits.entries()) {
      expect(wait).toBeGreaterThan(planned[index]! - 5);
      expect(wait).toBeLessThan(planned[index]! * 1.1 + 5);
    }
    expect(new Set(receiver.received.map(({ id, body }) => `${id} ${body}`)).size).toBe(1);
    expect(receiver.received).toHaveLength(10);
    for (const one of receiver.received) verifyAsStranger(one, hook.secret);
  });

  it('is not sent to where the endpoint redirects', async () => {
    const elsewhere = await startReceiver();
    const receiver = await startReceiver(ANSWERS.redirect(elsewhere.url));
    const hook = await createHook(server, ada, receiver.url);
    await rename(ada, 'Ada');
    expect(await untilAttempts(hook, 1)).toMatchObject({
      status: 'pending',
      attempts: [{ status: 302, error: 'HTTP 302' }],
    });
    expect(elsewhere.received).toEqual([]);
  });

  it('is sent again after an endpoint was dead, and nothing is lost', async () => {
    const receiver = await startReceiver();
    const hook = await createHook(server, ada, receiver.url);
    await receiver.close();
    await rename(ada, 'Ada');
    expect(await untilAttempts(hook, 1)).toMatchObject({
      attempts: [{ status: null, error: 'ECONNREFUSED' }],
    });
    const back = await startReceiver();
    await server.as(ada, 'PATCH', `/api/webhooks/${hook.id}`, { url: back.url });
    await passTime(server, hook, '1 minute');
    await eventually(() => back.received.length === 1);
    verifyAsStranger(back.received[0]!, hook.secret);
  });

  it('is not tried again if its endpoint is deleted during an attempt', async () => {
    const answers: (() => void)[] = [];
    const receiver = await startReceiver(
      (response) => void answers.push(() => void response.writeHead(500).end()),
    );
    const hook = await createHook(server, ada, receiver.url);
    await rename(ada, 'Ada');
    await eventually(() => answers.length === 1);
    expect((await server.as(ada, 'DELETE', `/api/webhooks/${hook.id}`)).status).toBe(204);
    answers[0]?.();
    await rename(ada, 'Ada Lovelace');
    const other = await startReceiver();
    await createHook(server, ada, other.url);
    await rename(ada, 'Ada King');
    await eventually(() => other.received.length === 1);
    expect(receiver.received).toHaveLength(1);
  });

  it('waits as long as a busy endpoint asks for, and so do the others', async () => {
    const receiver = await startReceiver(ANSWERS.busy('7200'));
    const hook = await createHook(server, ada, receiver.url);
    await rename(ada, 'Ada');
    const { nextAttemptAt, attempts } = await untilAttempts(hook, 1);
    expect((Date.parse(nextAttemptAt) - Date.parse(attempts[0].at)) / 1_000).toBeGreaterThan(7_199);
    await server.as(ada, 'POST', `/api/webhooks/${hook.id}/test`, { type: 'member.left' });
    await passTime(server, hook, '1 hour');
    receiver.answer = ANSWERS.ok;
    await untilRelayed();
    expect(receiver.received).toHaveLength(1);
    await passTime(server, hook, '61 minutes');
    await eventually(() => receiver.received.length === 3);
  });

  it('disables an endpoint that answers 410, and its administrators get mail', async () => {
    await server.post('/api/verify-email', { token: await server.readMailedToken(ada.email, 'Verify') });
    const receiver = await startReceiver(ANSWERS.gone);
    const hook = await createHook(server, ada, receiver.url);
    await rename(ada, 'Ada');
    await server.mailbox.waitFor(ada.email, 'A webhook was disabled');
    expect((await server.as(ada, 'GET', `/api/webhooks/${hook.id}`)).body).toMatchObject({
      enabled: false,
      disabledReason: 'gone',
    });
    expect((await newest(hook)).status).toBe('failed');
  });

  it('keeps the first kilobyte of the answer only where the endpoint asks for it', async () => {
    const receiver = await startReceiver((response) => response.end(`\0${'x'.repeat(5_000)}`));
    const hook = await createHook(server, ada, receiver.url);
    await rename(ada, 'Ada');
    expect((await untilAttempts(hook, 1)).attempts[0]).not.toHaveProperty('response');
    await server.as(ada, 'PATCH', `/api/webhooks/${hook.id}`, { logResponses: true });
    await rename(ada, 'Ada Lovelace');
    const deliveries = await eventually(async () => {
      const all = await listDeliveriesOf(server, ada, hook);
      return all.length === 2 && all[0].attempts.length === 1 && all;
    });
    expect(deliveries[0].attempts[0].response).toBe(`\ufffd${'x'.repeat(1_023)}`);
  });
});

/** Waits until the worker has dispatched everything that was published until now. */
async function untilRelayed(): Promise<void> {
  const other = await startReceiver();
  const bob = await server.signUp();
  await createHook(server, bob, other.url);
  await rename(bob, 'Bob');
  await eventually(() => other.received.length === 1);
}

describe('the events of an object', () => {
  it('arrive in order, also if the first fails twice; those of others do not wait', async () => {
    let refusals = 2;
    const receiver = await startReceiver((response, { event }) => {
      const isRefused = event.data.title === 'first' && refusals-- > 0;
      ANSWERS[isRefused ? 'broken' : 'ok'](response, receiver.received[0]!);
    });
    const hook = await createHook(server, ada, receiver.url, { events: ['page.updated'] });
    for (const title of ['first', 'second', 'third']) await rename(ada, title);
    const other = await server.as(ada, 'POST', '/api/pages', { handle: `other-${ada.username}` });
    await server.as(ada, 'PATCH', `/api/pages/${other.body.id}`, { title: 'other' });
    const titles = (): string[] => receiver.received.map(({ event }) => event.data.title);
    await eventually(() => titles().includes('other') && titles().includes('first'));
    await untilRelayed();
    expect(titles().toSorted()).toEqual(['first', 'other']);
    await passTime(server, hook, '6 seconds');
    await eventually(() => titles().length === 3);
    await passTime(server, hook, '6 minutes');
    await eventually(() => titles().length === 6);
    expect(titles().filter((title) => title !== 'other')).toEqual([
      'first',
      'first',
      'first',
      'second',
      'third',
    ]);
    for (const one of receiver.received) verifyAsStranger(one, hook.secret);
  });

  it('overtake one that failed three times', async () => {
    const receiver = await startReceiver((response, { event }) =>
      ANSWERS[event.data.title === 'poison' ? 'broken' : 'ok'](response, receiver.received[0]!),
    );
    const hook = await createHook(server, ada, receiver.url, { events: ['page.updated'] });
    for (const title of ['poison', 'next', 'last']) await rename(ada, title);
    const titles = (): string[] => receiver.received.map(({ event }) => event.data.title);
    for (let tries = 1; tries <= 3; tries++) {
      await eventually(() => titles().length === tries);
      if (tries < 3) await passTime(server, hook, '6 minutes');
    }
    await eventually(() => titles().length === 5);
    expect(titles()).toEqual(['poison', 'poison', 'poison', 'next', 'last']);
  });
});

describe('an endpoint that never answers', () => {
  it('does not keep others waiting, and gets five requests at a time at most', async () => {
    const slow = await startReceiver(ANSWERS.never);
    const fast = await startReceiver();
    await createHook(server, ada, slow.url, { events: ['page.updated'] });
    const pages = [await pageOf(ada)];
    for (let n = 0; n < 7; n++) {
      const { body } = await server.as(ada, 'POST', '/api/pages', { handle: `p${n}-${ada.username}` });
      pages.push(body.id);
    }
    for (const id of pages) await server.as(ada, 'PATCH', `/api/pages/${id}`, { title: 'slow' });
    await eventually(() => slow.received.length === 5);
    await createHook(server, ada, fast.url, { events: ['page.updated'] });
    for (const id of pages) await server.as(ada, 'PATCH', `/api/pages/${id}`, { title: 'fast' });
    await eventually(() => fast.received.filter(({ event }) => event.data.title === 'fast').length === 8);
    expect(slow.received).toHaveLength(5);
  });
});

describe('an endpoint that has failed for days', () => {
  const state = async (hook: Hook) => (await server.as(ada, 'GET', `/api/webhooks/${hook.id}`)).body;

  it('gets a warning, then is disabled, and recovers everything once it is enabled again', async () => {
    await server.post('/api/verify-email', { token: await server.readMailedToken(ada.email, 'Verify') });
    const receiver = await startReceiver(ANSWERS.broken);
    const hook = await createHook(server, ada, receiver.url, { events: ['page.updated'] });
    await rename(ada, 'one');
    await untilAttempts(hook, 1);
    await passTime(server, hook, '49 hours');
    await server.mailbox.waitFor(ada.email, 'A webhook is failing');
    expect(await state(hook)).toMatchObject({ enabled: true });
    await eventually(async () => (await newest(hook)).attempts.length === 2);
    await passTime(server, hook, '72 hours');
    await server.mailbox.waitFor(ada.email, 'A webhook was disabled');
    expect(await state(hook)).toMatchObject({ enabled: false, disabledReason: 'failing' });
    await rename(ada, 'two');
    await untilRelayed();
    receiver.answer = ANSWERS.ok;
    const since = new Date(Date.now() - 86_400_000 * 6).toISOString();
    const recover = () => server.as(ada, 'POST', `/api/webhooks/${hook.id}/recover`, { since });
    expect(await recover()).toMatchObject({ status: 409 });
    await server.as(ada, 'PATCH', `/api/webhooks/${hook.id}`, { enabled: true });
    expect(await recover()).toMatchObject({ status: 202, body: { deliveries: 1 } });
    await passTime(server, hook, '1 day');
    const delivered = (): string[] => receiver.received.slice(3).map(({ event }) => event.data.title);
    await eventually(() => delivered().length === 2);
    expect(delivered().toSorted()).toEqual(['one', 'two']);
    expect(await state(hook)).toMatchObject({ enabled: true, disabledReason: null, failingSince: null });
  });

  it('is not disabled if a single delivery succeeds', async () => {
    const receiver = await startReceiver(ANSWERS.broken);
    const hook = await createHook(server, ada, receiver.url, { events: ['page.updated'] });
    await rename(ada, 'one');
    await untilAttempts(hook, 1);
    await passTime(server, hook, '6 days');
    await eventually(() => receiver.received.length === 2);
    expect(await state(hook)).toMatchObject({ enabled: true });
    receiver.answer = ANSWERS.ok;
    await passTime(server, hook, '1 day');
    await eventually(async () => (await state(hook)).failingSince === null);
    expect(await state(hook)).toMatchObject({ enabled: true });
  });
});

describe('whatever the endpoint and the machines do', () => {
  it('nothing is lost and nothing is unsigned', async () => {
    const elsewhere = await startReceiver();
    const moods = [ANSWERS.broken, ANSWERS.busy('30'), ANSWERS.redirect(elsewhere.url)];
    const hangUp: typeof ANSWERS.ok = (response) => void response.destroy();
    let requests = 0;
    const accepted = new Set<string>();
    const receiver = await startReceiver((response, one) => {
      const mood = requests < 40 ? [...moods, hangUp, ANSWERS.ok][(requests += 1) % 5]! : ANSWERS.ok;
      if (mood === ANSWERS.ok) accepted.add(one.id);
      mood(response, one);
    });
    const hook = await createHook(server, ada, receiver.url, { events: ['page.updated', 'page.published'] });
    const sent: string[] = [];
    for (let n = 0; n < 12; n++) {
      const { body } = await server.as(ada, 'POST', '/api/pages', { handle: `c${n}-${ada.username}` });
      for (const title of ['one', 'two']) {
        await server.as(ada, 'PATCH', `/api/pages/${body.id}`, { title });
        sent.push(`${body.id} ${title}`);
      }
    }
    await eventually(async () => {
      await passTime(server, hook, '4 minutes');
      return accepted.size === sent.length;
    });
    const arrived = receiver.received
      .filter(({ id }) => accepted.has(id))
      .map(({ event }) => `${event.data.id} ${event.data.title}`);
    expect(new Set(arrived)).toEqual(new Set(sent));
    for (const one of receiver.received) verifyAsStranger(one, hook.secret);
    expect(elsewhere.received).toEqual([]);
  });

  it('a delivery whose job is lost is made after its claim has ended', async () => {
    const receiver = await startReceiver(ANSWERS.broken);
    const hook = await createHook(server, ada, receiver.url, { events: ['page.updated'] });
    await rename(ada, 'one');
    await untilAttempts(hook, 1);
    receiver.answer = ANSWERS.ok;
    // As the relay leaves it when the queue loses its data.
    await server.app.db
      .updateTable('webhook_deliveries')
      .set({ claimed_until: new Date(Date.now() + 60_000), next_attempt_at: new Date(0) })
      .where('endpoint_id', '=', hook.id)
      .execute();
    await untilRelayed();
    expect(receiver.received).toHaveLength(1);
    await moveTime(server, hook, '61 seconds');
    await eventually(() => receiver.received.length === 2);
  });
});
