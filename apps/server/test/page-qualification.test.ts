import { requireHealthy } from '@linkgrove/api/testing';
import { beforeAll, expect, it } from 'vitest';
import { createReferralKit, eventually, type SignedUp, useTestServer } from './kit/index.ts';

const server = useTestServer({ worker: true });
const kit = createReferralKit(server);
let ada: SignedUp;
beforeAll(async () => {
  await kit.runCampaign(await kit.signUpAdmin(), { requiresPage: true });
  ada = await kit.signUp();
});

const pageOf = async (who: SignedUp) => (await kit.as(who, 'GET', '/api/pages')).body.items[0];
const setPublished = async (who: SignedUp, published = true) =>
  kit.as(who, 'PATCH', `/api/pages/${(await pageOf(who)).id}`, { published });
const readStats = () => kit.readStats(ada);

it('a referral that requires a page waits for it after verification and counts when the page is published', async () => {
  const bob = await kit.refer(ada);
  await kit.verify(bob);
  expect(await readStats()).toMatchObject({ pending: 1, successful: 0, creditsEarned: 0 });
  expect((await setPublished(bob)).status).toBe(200);
  await eventually(async () => (await readStats()).successful === 1);
  expect(await readStats()).toMatchObject({ pending: 0, successful: 1, creditsEarned: 10 });
  await setPublished(bob, false);
  await setPublished(bob);
  expect(await readStats()).toMatchObject({ successful: 1, creditsEarned: 10 });
  await requireHealthy(server.app);
});

it('a referral that requires a page counts at verification if the page was published before', async () => {
  const before = (await readStats()).successful;
  const eve = await kit.refer(ada);
  await setPublished(eve);
  await kit.verify(eve);
  expect((await readStats()).successful).toBe(before + 1);
});

it('a pending referral is rejected, and seen as such, when the referred user leaves', async () => {
  const { rejected } = await readStats();
  const cy = await kit.refer(ada);
  await kit.verify(cy);
  const id = await kit.referralIdOf(cy);
  expect((await kit.deleteAccount(cy)).status).toBe(204);
  expect(await kit.referralOf(cy)).toMatchObject({ id, status: 'rejected', reason: 'account_deleted' });
  expect(await readStats()).toMatchObject({ rejected: rejected + 1, pending: 0 });
  await requireHealthy(server.app);
});
