import { requireHealthy } from '@linkgrove/api/testing';
import { expect, it } from 'vitest';
import { BEHIND_PROXY, clientFrom, createReferralKit, newHandle, useTestServer } from '../kit/index.ts';

const server = useTestServer({ env: BEHIND_PROXY });
const kit = createReferralKit(server);

const countRows = async (table: 'email_tombstones' | 'previous_emails' | 'user_devices') => {
  const { count } = await server.app.db
    .selectFrom(table)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
};

it('A13.3 registering and deleting with someone’s address does not spoil their referral', async () => {
  const ada = await kit.signUp();
  for (let round = 0; round < 2; round++) {
    const mallory = await kit.signUp({ email: 'honest.owner@gmail.com' });
    await kit.deleteAccount(mallory);
  }
  expect(await countRows('email_tombstones')).toBe(0);
  const owner = await kit.refer(ada, { email: 'honestowner@gmail.com' });
  await kit.verify(owner);
  expect(await kit.referralOf(owner)).toMatchObject({ status: 'successful' });
});

it('A13.3 an address that was never verified leaves no trace when the account moves to another', async () => {
  const [ada, mallory] = [await kit.signUp(), await kit.signUp({ email: 'not.mine@mail.test' })];
  const before = await countRows('previous_emails');
  await kit.changeEmail(mallory, 'mallory.own@mail.test');
  expect(await countRows('previous_emails')).toBe(before);
  const owner = await kit.refer(ada, { email: 'not.mine@mail.test' });
  await kit.verify(owner);
  expect(await kit.referralOf(owner)).toMatchObject({ status: 'successful' });
  // The referrer's own unproven address counts just as little.
  const friend = await kit.refer(mallory, { email: 'not.mine.either@mail.test' });
  await kit.verify(friend);
  expect(await kit.referralOf(friend)).toMatchObject({ status: 'successful' });
});

it('A13.3 the names of an account that was never verified are free as soon as it is deleted', async () => {
  const [ada, mallory] = [await kit.signUp(), await kit.signUp()];
  const handles = [newHandle(), newHandle(), newHandle()] as const;
  const { id } = (await kit.as(mallory, 'POST', '/api/pages', { handle: handles[0] })).body;
  await kit.as(mallory, 'PATCH', `/api/pages/${id}`, { handle: handles[1] });
  await kit.as(mallory, 'PATCH', '/api/me', { username: handles[2] });
  await kit.deleteAccount(mallory);
  for (const handle of [...handles, mallory.username])
    expect((await kit.as(ada, 'POST', '/api/pages', { handle })).status).toBe(201);
});

it('A13.3 deleting an account that was never verified undoes its referral: counts, use of the code, network', async () => {
  const ada = await kit.signUp({}, { headers: clientFrom('8.8.13.1') });
  const link = (await kit.as(ada, 'POST', '/api/referral-links', { maxUses: 1 })).body;
  const before = await kit.readStats(ada);
  for (let round = 0; round < 7; round++) {
    const headers = clientFrom('8.8.13.3');
    const mallory = await kit.signUp({ referralCode: link.code }, { headers });
    if (round === 3) await kit.runScheduledJobs();
    await kit.deleteAccount(mallory);
  }
  expect(await kit.readStats(ada)).toEqual(before);
  const friend = await kit.signUp({ referralCode: link.code }, { headers: clientFrom('8.8.13.3') });
  expect(await kit.referralOf(friend)).toMatchObject({ status: 'pending', signals: [] });
  await kit.verify(friend);
  await kit.runScheduledJobs();
  expect(await kit.readStats(ada)).toMatchObject({ signups: 1, successful: 1, pending: 0, rejected: 0 });
  await requireHealthy(server.app);
});

it('A13.3 a decision that an administrator made about an unverified account stays', async () => {
  const [ada, admin] = [await kit.signUp(), await kit.signUpAdmin()];
  const mallory = await kit.refer(ada);
  const shared = await kit.refer(ada, {}, { cookie: mallory.cookie.replace(/^.*(device=[^;]+).*$/, '$1') });
  await kit.decide(admin, await kit.referralIdOf(shared), 'reject');
  await kit.deleteAccount(shared);
  expect(await kit.referralOf(shared)).toMatchObject({ status: 'rejected' });
  await requireHealthy(server.app);
});
