import { describe, expect, it } from 'vitest';
import {
  ANSWERS,
  createHook,
  type Hook,
  listDeliveriesOf,
  moveTime,
  type SignedUp,
  startReceiver,
  verifyAsStranger,
} from '../kit/index.ts';
import { BACKENDS, expectWithin, type FleetServer, startFleet } from './fleet.ts';

const PAGES = 5;
/** Longer than the claim of an attempt and of a place in the queue. */
const CLAIM = '61 seconds';

const createPages = (server: FleetServer, ada: SignedUp): Promise<string[]> =>
  Promise.all(
    Array.from({ length: PAGES }, async (_, n) => {
      const handle = `${ada.username}-${n}`;
      return (await server.as(ada, 'POST', '/api/pages', { handle })).body.id as string;
    }),
  );

const changePages = (server: FleetServer, ada: SignedUp, pages: string[], title: string) =>
  Promise.all(pages.map((id) => server.as(ada, 'PATCH', `/api/pages/${id}`, { title })));

const untilDelivered = (server: FleetServer, ada: SignedUp, hook: Hook, count: number) =>
  expectWithin(30, async () => {
    const all: { status: string }[] = await listDeliveriesOf(server, ada, hook);
    return all.filter(({ status }) => status === 'delivered').length;
  }).toBe(count);

describe.each(BACKENDS)('a webhook with queues on %s', { timeout: 240_000 }, (backend) => {
  it('FT45: whose worker is killed during attempts gets the same events from the next one, in order', async () => {
    const fleet = await startFleet({ backend });
    const [server, first] = [await fleet.startServer(), await fleet.startWorker()];
    const receiver = await startReceiver(ANSWERS.never);
    const ada = await server.signUp();
    const pages = await createPages(server, ada);
    const hook = await createHook(server, ada, receiver.url, { events: ['page.updated'] });
    await changePages(server, ada, pages, 'One');
    await changePages(server, ada, pages, 'Two');
    await expectWithin(30, () => receiver.received.length).toBe(PAGES);
    await first.kill();
    receiver.answer = ANSWERS.ok;
    await moveTime(fleet, hook, CLAIM);
    await fleet.startWorker();
    await untilDelivered(server, ada, hook, 2 * PAGES);
    const [interrupted, delivered] = [receiver.received.slice(0, PAGES), receiver.received.slice(PAGES)];
    for (const { id, body } of interrupted)
      expect(delivered.filter((one) => one.id === id && one.body === body)).toHaveLength(1);
    for (const one of receiver.received) verifyAsStranger(one, hook.secret);
    for (const page of pages) {
      const titles = delivered
        .filter(({ event }) => event.data.id === page)
        .map(({ event }) => event.data.title);
      expect(titles).toEqual(['One', 'Two']);
    }
  });
});

describe.runIf(BACKENDS.includes('Redis'))('a webhook with queues on Redis', { timeout: 240_000 }, () => {
  it('FT46: gets every event although Redis is killed and comes back empty', async () => {
    const fleet = await startFleet({ backend: 'Redis' });
    const server = await fleet.startServer();
    const receiver = await startReceiver();
    const ada = await server.signUp();
    const pages = await createPages(server, ada);
    const hook = await createHook(server, ada, receiver.url, { events: ['page.updated'] });
    await fleet.startWorker();
    await changePages(server, ada, pages, 'Before');
    await untilDelivered(server, ada, hook, PAGES);
    await fleet.redis.kill();
    await changePages(server, ada, pages, 'Meanwhile');
    await fleet.redis.restart();
    await changePages(server, ada, pages, 'After');
    await expectWithin(30, async () => (await listDeliveriesOf(server, ada, hook)).length).toBe(3 * PAGES);
    await moveTime(fleet, hook, CLAIM);
    await untilDelivered(server, ada, hook, 3 * PAGES);
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(3 * PAGES);
    for (const one of receiver.received) verifyAsStranger(one, hook.secret);
  });
});
