import { requireHealthy } from '@linkgrove/api/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually, type SignedUp, startTestServer, type TestServer } from './harness.ts';
import { type Kit, createKit } from './invariants/kit.ts';

let server: TestServer;
let kit: Kit;
let ada: SignedUp;
beforeAll(async () => {
  server = await startTestServer({ worker: true });
  kit = createKit(server);
  await kit.runCampaign(await kit.admin(), { requiresPage: true });
  ada = await kit.join();
});
afterAll(() => server.close());

const pageOf = async (who: SignedUp) => (await kit.as(who, 'GET', '/api/pages')).body.items[0];
const publish = async (who: SignedUp, published = true) =>
  kit.as(who, 'PATCH', `/api/pages/${(await pageOf(who)).id}`, { published });
const stats = () => kit.stats(ada);

it('a referral that wants a page waits for it after the address is verified, and counts once it is public', async () => {
  const bob = await kit.refer(ada);
  await kit.verify(bob);
  expect(await stats()).toMatchObject({ pending: 1, successful: 0, creditsEarned: 0 });
  expect((await publish(bob)).status).toBe(200);
  await eventually(async () => (await stats()).successful === 1);
  expect(await stats()).toMatchObject({ pending: 0, successful: 1, creditsEarned: 10 });
  await publish(bob, false);
  await publish(bob);
  expect(await stats()).toMatchObject({ successful: 1, creditsEarned: 10 });
  await requireHealthy(server.app);
});

it('counts at the verification where the page was public before', async () => {
  const before = (await stats()).successful;
  const eve = await kit.refer(ada);
  await publish(eve);
  await kit.verify(eve);
  expect((await stats()).successful).toBe(before + 1);
});
