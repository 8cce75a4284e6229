import { requireHealthy } from '@linkgrove/api/testing';
import { expect, it } from 'vitest';
import {
  createReferralKit,
  deviceOf,
  newPerson,
  PASSWORD,
  type SignedUp,
  useTestServer,
} from '../kit/index.ts';

const server = useTestServer();
const kit = createReferralKit(server);

const earnedBy = async (who: SignedUp) => {
  const { successful, review, creditsEarned } = await kit.readStats(who);
  return { successful, review, creditsEarned };
};
// The velocity of sign-ups may send some to review.
const ONE_SUCCESS = { successful: 1, creditsEarned: 10 };

it('A13.1 two mailboxes that take turns earn one reward in six rounds', async () => {
  const ada = await kit.signUp();
  for (let round = 1; round <= 6; round++) {
    const person = await kit.refer(ada, { email: 'box1@mail.test' });
    expect((await kit.verify(person)).status).toBe(200);
    const email = `box2+${round}@mail.test`;
    const asked = await kit.as(person, 'POST', '/api/me/email', { email, password: PASSWORD });
    // The first account keeps box2 verified; the others have to leave.
    expect([round, asked.status]).toEqual([round, round === 1 ? 202 : 409]);
    if (round === 1) expect((await kit.verify(person)).status).toBe(200);
    else await kit.deleteAccount(person);
  }
  expect(await earnedBy(ada)).toMatchObject(ONE_SUCCESS);
  await requireHealthy(server.app);
});

it.each([
  ['ada@runbox.no', 'news@ada.runbox.com'],
  ['bob@zohomail.com', 'bob+x@zoho.com'],
  ['eve@y7mail.com', 'eve-x@y7mail.com'],
])('A13.1 the provider’s other spelling of %s is the same mailbox: %s', async (email, other) => {
  const first = await kit.signUp({ email });
  await kit.verify(first);
  expect((await server.register({ email: other })).body.code).toBe('EMAIL_TAKEN');
});

it('A13.1 an address that someone changed away from earns nobody a second reward, whoever refers it', async () => {
  const [ada, eve] = [await kit.signUp(), await kit.signUp()];
  const first = await kit.refer(ada, { email: 'changed.away@gmail.com' });
  await kit.verify(first);
  await kit.changeEmail(first, 'moved.on@mail.test');
  const second = await kit.refer(eve, { email: 'changedaway+2@googlemail.com' });
  await kit.verify(second);
  expect(await kit.referralOf(second)).toMatchObject({ status: 'rejected', reason: 'returning_person' });
  expect((await earnedBy(eve)).successful).toBe(0);
});

it.each(['deleted', 'living'])(
  'A13.1 a sign-up with a fresh address that moves to an earlier one of a %s account is rejected when it qualifies',
  async (state) => {
    const ada = await kit.signUp();
    const first = await kit.signUp({ email: `back.again.${state}@mail.test` });
    await kit.verify(first);
    if (state === 'deleted') await kit.deleteAccount(first);
    else await kit.changeEmail(first, `elsewhere.${state}@mail.test`);
    const second = await kit.refer(ada);
    await kit.changeEmail(second, `back.again.${state}+x@mail.test`);
    expect(await kit.referralOf(second)).toMatchObject({ status: 'rejected', reason: 'returning_person' });
    expect((await earnedBy(ada)).successful).toBe(0);
  },
);

it('A13.1 a mailbox that one account has verified cannot sign up again in another spelling', async () => {
  const ada = await kit.signUp();
  const owner = await kit.signUp({ email: 'one.mailbox@gmail.com' });
  const body = { email: 'onemailbox+again@googlemail.com', referralCode: kit.codeOf(ada) };
  const early = await kit.register(body);
  expect(early.status).toBe(201);
  await kit.verify(owner);
  expect((await kit.register(body)).body.code).toBe('EMAIL_TAKEN');
  expect((await kit.register({ ...body, email: 'o.n.e.mailbox@gmail.com' })).body.code).toBe('EMAIL_TAKEN');
  expect((await kit.register({ email: 'onemailbox+x@gmail.com', username: owner.username })).body.code).toBe(
    'EMAIL_TAKEN',
  );
  const squatter = { ...newPerson(), user: early.body.user, token: early.body.accessToken, cookie: '' };
  expect((await kit.verify(squatter)).body.code).toBe('EMAIL_TAKEN');
  expect((await earnedBy(ada)).successful).toBe(0);
});

it('A13.1 a refused spelling takes no use of a limited code, and one’s own code is named first', async () => {
  const ada = await kit.signUp({ email: 'limited.owner@gmail.com' });
  await kit.verify(ada);
  const owner = await kit.signUp({ email: 'seen.here@gmail.com' });
  await kit.verify(owner);
  const link = (await kit.as(ada, 'POST', '/api/referral-links', { maxUses: 1 })).body;
  for (let n = 0; n < 2; n++) {
    const again = await kit.register({ email: `seenhere+${n}@gmail.com`, referralCode: link.code });
    expect([again.status, again.body.code]).toEqual([409, 'EMAIL_TAKEN']);
  }
  const own = await kit.register({ email: 'limitedowner+1@gmail.com', referralCode: link.code });
  expect([own.status, own.body.code]).toEqual([422, 'SELF_REFERRAL']);
  expect((await kit.register({ referralCode: link.code })).status).toBe(201);
});

it('A13.1 an address cannot change to a mailbox that another account has verified', async () => {
  const [owner, bob] = [await kit.signUp({ email: 'taken.box@gmail.com' }), await kit.signUp()];
  const ask = (who: SignedUp, email: string) =>
    kit.as(who, 'POST', '/api/me/email', { email, password: PASSWORD });
  expect((await ask(bob, 'takenbox+bob@gmail.com')).status).toBe(202);
  await kit.verify(owner);
  expect((await kit.verify(bob)).body.code).toBe('EMAIL_TAKEN');
  expect((await ask(bob, 'takenbox+bob@gmail.com')).body.code).toBe('EMAIL_TAKEN');
  // The owner may change the spelling.
  expect((await kit.changeEmail(owner, 'takenbox+me@gmail.com')).status).toBe(200);
});

it('A13.1 the referrer’s list shows no difference between a new and a deleted address until it is verified', async () => {
  const [ada, gone] = [await kit.signUp(), await kit.signUp({ email: 'was.here@mail.test' })];
  await kit.verify(gone);
  await kit.deleteAccount(gone);
  await kit.refer(ada, { email: 'was.here@mail.test' });
  await kit.refer(ada, { email: 'was.never.here@mail.test' });
  const { items } = (await kit.as(ada, 'GET', '/api/referrals')).body;
  expect(items.map(({ status }: { status: string }) => status)).toEqual(['pending', 'pending']);
});

it('A13.1 the browser of a deleted verified account is recognised, that of one never verified is not', async () => {
  const ada = await kit.signUp();
  for (const [verified, expected] of [
    [true, { status: 'review', signals: ['known_device'] }],
    [false, { status: 'pending', signals: [] }],
  ] as const) {
    const gone = await kit.signUp();
    if (verified) await kit.verify(gone);
    await kit.deleteAccount(gone);
    const next = await kit.refer(ada, {}, { cookie: deviceOf(gone) });
    expect(await kit.referralOf(next)).toMatchObject(expected);
  }
});

it('A13.1 a browser that the referrer uses before the referral qualifies sends it to review, once', async () => {
  const [ada, admin] = [await kit.signUp(), await kit.signUpAdmin()];
  const friend = await kit.refer(ada);
  await server.login(ada.username, PASSWORD, { cookie: deviceOf(friend) });
  await kit.verify(friend);
  expect(await kit.referralOf(friend)).toMatchObject({ status: 'review', signals: ['known_device'] });
  const { body } = await kit.decide(admin, await kit.referralIdOf(friend), 'approve');
  expect(body.status).toBe('successful');
  await requireHealthy(server.app);
});
