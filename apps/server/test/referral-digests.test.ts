import { grantHeldRewards, rollUpDeltas, sendPremiumEnds, sendReferralDigests } from '@linkgrove/api/jobs';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { type ReceivedMail } from '@linkgrove/api/testing';
import { createReferralKit, eventually, type SignedUp, times, useTestServer } from './kit/index.ts';

const server = useTestServer({ worker: 'without scheduled jobs' });
const kit = createReferralKit(server);

const SUCCESS = 'Someone accepted your invitation';
const MILESTONE = 'You reached a milestone';
const TAKEN = 'Credits were taken back';
const mailsTo = ({ email }: SignedUp, subject: string): ReceivedMail[] =>
  server.mailbox.received.filter((mail) => mail.to === email && mail.subject === subject);
/** A user with a verified address, who therefore gets digests. */
async function signUpReferrer(): Promise<SignedUp> {
  const who = await kit.signUp();
  await kit.verify(who);
  return who;
}
const sendDigests = async () => {
  await rollUpDeltas(server.app);
  await sendReferralDigests(server.app);
};
/** Waits until all pending mail is sent, so that a missing mail means something. */
const waitUntilSent = () =>
  eventually(async () => {
    const open = await server.app.db.selectFrom('outbox').select('id').where('done_at', 'is', null).execute();
    return open.length === 0;
  });
const passAnHour = (who: SignedUp) =>
  sql`update referral_notices set sent_at = sent_at - interval '61 minutes' where user_id = ${who.user.id}`.execute(
    server.app.db,
  );
const tokenOf = (mail: ReceivedMail) => /\/unsubscribe\?token=([\w.-]+)/.exec(mail.text)?.[1] ?? '';
const unsubscribe = (token: unknown) => server.call('POST', '/api/unsubscribe', { body: { token } });

describe('a newcomer', () => {
  const EARNED = 'You earned credits';

  it('hears once of the own credits and who invited them, also after a hold, and not without mail or credits', async () => {
    const admin = await kit.signUpAdmin();
    const ada = await signUpReferrer();
    await kit.as(ada, 'PATCH', '/api/me', { displayName: 'Ada Lovelace' });
    const [friend] = (await kit.bring(ada, 1)) as [SignedUp];
    const mail = await server.mailbox.waitFor(friend.email, EARNED);
    expect(mail.text).toContain('Ada Lovelace invited you, and you earned 5 credits.');
    expect((await unsubscribe(tokenOf(mail))).status).toBe(204);

    await kit.runCampaign(admin, { holdDays: 1 });
    const [held] = (await kit.bring(ada, 1)) as [SignedUp];
    await waitUntilSent();
    expect(mailsTo(held, EARNED)).toEqual([]);
    await server.app.db
      .updateTable('rewards')
      .set({ due_at: new Date() })
      .where('state', '=', 'pending')
      .execute();
    await times(10, () => grantHeldRewards(server.app));
    await server.mailbox.waitFor(held.email, EARNED);

    await kit.runCampaign(admin, { referredCredits: 0 });
    const [unpaid] = (await kit.bring(ada, 1)) as [SignedUp];
    await waitUntilSent();
    expect([friend, held, unpaid].map((who) => mailsTo(who, EARNED).length)).toEqual([1, 1, 0]);
    await kit.runCampaign(admin, {});
  });
});

it('a user hears that a redemption is fulfilled, with the note', async () => {
  const admin = await kit.signUpAdmin();
  const item = { item: 'mug', kind: 'external', name: 'A mug', cost: 10 };
  expect((await kit.as(admin, 'POST', '/api/admin/reward-items', item)).status).toBe(201);
  const ada = await signUpReferrer();
  await kit.bring(ada, 1);
  const { id } = (await kit.redeem(ada, undefined, { item: 'mug' })).body;
  await kit.as(admin, 'POST', `/api/admin/redemptions/${id}/fulfil`, { note: 'Parcel 123' });
  const mail = await server.mailbox.waitFor(ada.email, 'What you redeemed is on its way');
  expect(mail.text).toContain('You spent credits on: A mug. It is fulfilled now.\n\nParcel 123');
});

describe('a referrer', () => {
  it('gets a digest of successes without names, with an unsubscribe link', async () => {
    const ada = await signUpReferrer();
    const [friend] = (await kit.bring(ada, 1)) as [SignedUp];
    await sendDigests();
    const mail = await server.mailbox.waitFor(ada.email, SUCCESS);
    expect(mail.text).toContain(`Hello ${ada.username},`);
    expect(mail.text).toContain('One person accepted your invitation. You earned 10 credits. Thank you!');
    expect(mail.text).toMatch(/http:\/\/localhost:3000\/unsubscribe\?token=[\w.-]+\n/);
    for (const part of [mail.text, mail.html, mail.subject]) {
      expect(part).not.toContain(friend.email);
      expect(part).not.toContain(friend.username);
    }
  });

  it('gets at most one digest an hour, which covers everything since the last one', async () => {
    const ada = await signUpReferrer();
    await kit.bring(ada, 1);
    await sendDigests();
    await server.mailbox.waitFor(ada.email, SUCCESS);
    await kit.bring(ada, 2);
    await sendDigests();
    await kit.bring(ada, 1);
    await times(10, sendDigests);
    await waitUntilSent();
    expect(mailsTo(ada, SUCCESS)).toHaveLength(1);
    await passAnHour(ada);
    await times(10, sendDigests);
    await waitUntilSent();
    const mails = mailsTo(ada, SUCCESS);
    expect(mails).toHaveLength(2);
    expect(mails[1]?.text).toContain('3 more people accepted your invitation.');
    await passAnHour(ada);
    await sendDigests();
    await waitUntilSent();
    expect(mailsTo(ada, SUCCESS)).toHaveLength(2);
  });

  it('gets a digest that tells earned credits from those that are held, and is silent about none', async () => {
    const admin = await kit.signUpAdmin();
    const ada = await signUpReferrer();
    await kit.runCampaign(admin, { cap: 2 });
    await kit.bring(ada, 1);
    await kit.runCampaign(admin, { cap: 2, holdDays: 1 });
    await kit.bring(ada, 2);
    await kit.runCampaign(admin, {});
    await sendDigests();
    const mail = await server.mailbox.waitFor(ada.email, SUCCESS);
    expect(mail.text).toContain(
      '3 people accepted your invitation. You earned 10 credits. You get 10 credits later, when they are no longer held. Thank you!',
    );
    const bob = await signUpReferrer();
    await kit.runCampaign(admin, { referrerCredits: 0 });
    await kit.bring(bob, 1);
    await kit.runCampaign(admin, {});
    await sendDigests();
    const unpaid = await server.mailbox.waitFor(bob.email, SUCCESS);
    expect(unpaid.text).toContain('One person accepted your invitation. Thank you!');
  });

  it('gets a digest only of those who still stand when it is sent', async () => {
    const admin = await kit.signUpAdmin();
    const [ada, eve] = [await signUpReferrer(), await signUpReferrer()];
    const people = await kit.bring(ada, 3);
    const [fake] = (await kit.bring(eve, 1)) as [SignedUp];
    await rollUpDeltas(server.app);
    for (const who of [people[1] as SignedUp, fake]) {
      await kit.decide(admin, await kit.referralIdOf(who), 'reverse');
    }
    await sendDigests();
    const mail = await server.mailbox.waitFor(ada.email, SUCCESS);
    expect(mail.text).toContain('2 people accepted your invitation.');
    await kit.bring(eve, 1);
    await sendDigests();
    const first = await server.mailbox.waitFor(eve.email, SUCCESS);
    expect(first.text).toContain('One person accepted your invitation.');
    expect(mailsTo(eve, SUCCESS)).toHaveLength(1);
  });

  it('gets a mail when credits are taken back, also after opting out of referral mail', async () => {
    const admin = await kit.signUpAdmin();
    const ada = await signUpReferrer();
    await kit.as(ada, 'PATCH', '/api/me', { referralMail: false });
    const people = await kit.bring(ada, 5);
    const id = await kit.referralIdOf(people[0] as SignedUp);
    await kit.as(admin, 'POST', `/api/admin/referrals/${id}/reverse`, { reason: 'x', cause: 'refund' });
    const mail = await server.mailbox.waitFor(ada.email, TAKEN);
    expect(mail.text).toContain('A referral of yours was reversed after a refund.');
    expect(mail.text).toContain('35 credits were taken back from your balance.');
    const told = await server.mailbox.waitFor((people[0] as SignedUp).email, TAKEN);
    expect(told.text).toContain('Your sign-up reward was reversed after a refund.');
    expect(told.text).toContain('5 credits were taken back from your balance.');
    expect(told.text).not.toContain('of yours');
  });

  it('gets one mail per milestone, with its credits', async () => {
    const ada = await signUpReferrer();
    await kit.bring(ada, 12);
    await times(5, sendDigests);
    await server.mailbox.waitFor(ada.email, MILESTONE);
    await kit.bring(ada, 1);
    await sendDigests();
    await waitUntilSent();
    const told = mailsTo(ada, MILESTONE).map(({ text }) =>
      /(\d+) people have accepted your invitation. You earned (\d+) credits/.exec(text)?.slice(1),
    );
    expect(new Map(told as [string, string][])).toEqual(
      new Map([
        ['5', '25'],
        ['10', '50'],
      ]),
    );
    expect(told).toHaveLength(2);
  });

  it('gets no mail while their own address is not verified', async () => {
    const ada = await kit.signUp();
    await kit.bring(ada, 5);
    await sendDigests();
    await waitUntilSent();
    expect([...mailsTo(ada, SUCCESS), ...mailsTo(ada, MILESTONE)]).toEqual([]);
    expect(await kit.readStats(ada)).toMatchObject({ successful: 5, creditsEarned: 75 });
  });

  it('gets no mail after being suspended or deleted', async () => {
    const admin = await kit.signUpAdmin();
    const [suspended, gone] = [await signUpReferrer(), await signUpReferrer()];
    for (const who of [suspended, gone]) await kit.bring(who, 1);
    await server.suspendUser(admin, suspended);
    await kit.deleteAccount(gone);
    await sendDigests();
    await waitUntilSent();
    expect([...mailsTo(suspended, SUCCESS), ...mailsTo(gone, SUCCESS)]).toEqual([]);
  });
});

it('premium time is shown, raises the limits of links, and its end is mailed once', async () => {
  const [admin, ada] = [await kit.signUpAdmin(), await signUpReferrer()];
  const me = async () => (await kit.as(ada, 'GET', '/api/me')).body.premiumUntil;
  expect(await me()).toBeNull();
  await sql`
    insert into referral_codes (code, link_id, user_id)
    select 'premium-' || n, l.id, l.user_id from referral_links l, generate_series(1, 9) n
    where l.user_id = ${ada.user.id}`.execute(server.app.db);
  const { id } = (await kit.as(ada, 'GET', '/api/referral-links')).body.items[0];
  const rename = (code: string) => kit.as(ada, 'PATCH', `/api/referral-links/${id}`, { code });
  const refused = await rename('premium-10');
  expect(refused.body).toMatchObject({ code: 'LIMIT_REACHED' });
  expect(refused.body.detail).toContain('at most 10 (30 with premium) codes');
  await kit.as(admin, 'POST', '/api/admin/credits', { user: ada.username, amount: 100, reason: 'A test' });
  const { premiumUntil } = (await kit.redeem(ada)).body;
  expect(await me()).toBe(premiumUntil);
  expect((await rename('premium-10')).status).toBe(200);
  await sendPremiumEnds(server.app);
  await sql`update users set premium_until = now() where id = ${ada.user.id}`.execute(server.app.db);
  await times(30, () => sendPremiumEnds(server.app));
  await waitUntilSent();
  expect(mailsTo(ada, 'Your premium time has ended')).toHaveLength(1);
  expect((await rename('premium-11')).status).toBe(422);
});

describe('opting out of referral mail', () => {
  it('in the settings stops both kinds of mail and nothing else, and can be undone', async () => {
    const ada = await signUpReferrer();
    expect((await kit.as(ada, 'PATCH', '/api/me', { referralMail: false })).status).toBe(200);
    const preferences = async () => (await kit.as(ada, 'GET', '/api/me/export')).body.preferences;
    expect(await preferences()).toEqual({ leaderboard: false, referralMail: false });
    await kit.bring(ada, 5);
    await sendDigests();
    await waitUntilSent();
    expect([...mailsTo(ada, SUCCESS), ...mailsTo(ada, MILESTONE)]).toEqual([]);
    expect(await kit.readStats(ada)).toMatchObject({ successful: 5, creditsEarned: 75 });
    await kit.as(ada, 'PATCH', '/api/me', { referralMail: true });
    expect(await preferences()).toEqual({ leaderboard: false, referralMail: true });
    await passAnHour(ada);
    await kit.bring(ada, 1);
    await sendDigests();
    const mail = await server.mailbox.waitFor(ada.email, SUCCESS);
    expect(mail.text).toContain('One person');
    await server.call('POST', '/api/forgot-password', { body: { email: ada.email } });
    await server.mailbox.waitFor(ada.email, 'Reset');
  });

  it('by the link in a mail works without signing in, repeatedly, for that user alone', async () => {
    const [ada, bob] = [await signUpReferrer(), await signUpReferrer()];
    await kit.bring(ada, 1);
    await kit.bring(bob, 1);
    await sendDigests();
    const token = tokenOf(await server.mailbox.waitFor(ada.email, SUCCESS));
    for (let n = 0; n < 3; n++) expect((await unsubscribe(token)).status).toBe(204);
    for (const who of [ada, bob]) {
      await passAnHour(who);
      await kit.bring(who, 1);
    }
    await sendDigests();
    await eventually(() => mailsTo(bob, SUCCESS).length === 2);
    await waitUntilSent();
    expect(mailsTo(ada, SUCCESS)).toHaveLength(1);
  });

  it('shows a built-in page when there is no frontend, and opening it changes nothing', async () => {
    const ada = await signUpReferrer();
    await kit.bring(ada, 1);
    await sendDigests();
    const token = tokenOf(await server.mailbox.waitFor(ada.email, SUCCESS));
    const page = await server.call('GET', `/unsubscribe?token=${token}`);
    expect([page.status, page.body]).toEqual([200, expect.stringContaining(token)]);
    const { preferences } = (await kit.as(ada, 'GET', '/api/me/export')).body;
    expect(preferences.referralMail).toBe(true);
  });

  it('is refused with a token that is not genuine and complete', async () => {
    const ada = await signUpReferrer();
    const id = ada.user.id;
    const genuine = server.app.unsubscribeSigner.sign(id);
    const [, mac = ''] = genuine.split('.');
    for (const token of [
      id,
      `${id}.`,
      `.${mac}`,
      `${newOther(id)}.${mac}`,
      genuine.slice(0, -4),
      `${genuine}.x`,
      'x',
    ]) {
      expect([token, (await unsubscribe(token)).body.code]).toEqual([token, 'TOKEN_EXPIRED']);
    }
    // A token signed for another purpose is refused too.
    expect((await unsubscribe(server.app.attributionSigner.sign(id))).body.code).toBe('TOKEN_EXPIRED');
    for (const token of ['', 1, null, 'x'.repeat(1_000)]) expect((await unsubscribe(token)).status).toBe(400);
    const { preferences } = (await kit.as(ada, 'GET', '/api/me/export')).body;
    expect(preferences.referralMail).toBe(true);
    expect((await unsubscribe(genuine)).status).toBe(204);
  });

  it('for a deleted user changes nothing and succeeds', async () => {
    const ada = await signUpReferrer();
    const token = server.app.unsubscribeSigner.sign(ada.user.id);
    await kit.deleteAccount(ada);
    expect((await unsubscribe(token)).status).toBe(204);
  });
});

const newOther = (id: string) => id.slice(0, -1) + (id.endsWith('0') ? '1' : '0');
