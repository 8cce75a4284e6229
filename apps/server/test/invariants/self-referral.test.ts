import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import {
  BEHIND_PROXY,
  clientFrom,
  createReferralKit,
  deviceOf,
  type SignedUp,
  startTestServer,
  useReferralKit,
} from '../kit/index.ts';

const { server, kit, admin } = useReferralKit({ env: BEHIND_PROXY });

let hosts = 0;
/** A public IPv4 address that no other test uses. */
const newAddress = () => `8.8.${(hosts += 1)}.1`;
const signalsOf = async (who: SignedUp) => {
  const referral = await kit.referralOf(who);
  return [referral?.status, referral?.signals.toSorted()];
};

describe('14. the referrer’s own address in another spelling', () => {
  it.each([
    ['grace.m.hopper@gmail.com', 'gracemhopper@gmail.com', 'the dots of Gmail'],
    ['ada.l@gmail.com', 'ada.l+friend@gmail.com', 'a tag'],
    ['alan.t@gmail.com', 'ALAN.T@GMAIL.COM'.replace('ALAN.T', 'AlanT'), 'case'],
    ['kathleen.b@googlemail.com', 'kathleenb@gmail.com', 'the other name of Gmail'],
    ['edsger@mail.test', 'edsger+1@mail.test', 'a tag of any domain'],
    ['barbara+main@mail.test', 'Barbara+second+third@MAIL.test', 'one tag for another'],
    ['leslie@xn--bcher-kva.test', 'leslie+x@XN--BCHER-KVA.TEST', 'a domain in Punycode'],
    ['tony@bücher.test', 'tony+x@xn--bcher-kva.test', 'a domain in Unicode'],
    ['alonzo@mail.test', 'alonzo+x@ｍail.test', 'a domain in wide letters'],
  ])(
    'is refused in the body, and in the cookie leaves a rejected referral: %s as %s (%s)',
    async (own, other) => {
      const ada = await kit.signUp({ email: own });
      const referralCode = kit.codeOf(ada);
      const given = await kit.register({ email: other, referralCode });
      expect(given).toMatchObject({ status: 422, body: { code: 'SELF_REFERRAL' } });
      const remembered = await kit.register(
        { email: other },
        { cookie: await kit.visitCookie(referralCode) },
      );
      expect(remembered).toMatchObject({ status: 201, body: { user: { referredBy: ada.username } } });
      expect(await kit.readStats(ada)).toMatchObject({ signups: 1, rejected: 1, pending: 0 });
    },
  );

  it.each(['tony@mail.test.', 'ｔony@mail.test', 'tóny@mail.test', '"tony"@mail.test'])(
    'cannot be used for a sign-up where it has a second spelling: %s',
    async (email) => {
      const { status, body } = await kit.register({ email });
      expect([status, body.errors[0].path]).toEqual([400, 'email']);
    },
  );
});

it('15. a sign-up with an earlier address of the referrer, or of a deleted user, works and stores a rejected referral', async () => {
  const ada = await kit.signUp({ email: 'first.address@gmail.com' });
  await kit.verify(ada);
  await kit.changeEmail(ada, 'second@mail.test');
  await kit.changeEmail(ada, 'third@mail.test');
  for (const email of ['firstaddress+x@gmail.com', 'second@mail.test']) {
    const own = await kit.refer(ada, { email });
    expect(own.user.referredBy).toBe(ada.username);
    expect(await kit.referralOf(own)).toMatchObject({ status: 'rejected', reason: 'own_address' });
    await kit.verify(own);
  }

  const bob = await kit.refer(ada, { email: 'bob.comes.and.goes@gmail.com' });
  await kit.verify(bob);
  await kit.changeEmail(bob, 'bob@mail.test');
  await kit.deleteAccount(bob);
  for (const email of ['bobcomesandgoes@googlemail.com', 'bob+back@mail.test']) {
    const back = await kit.refer(ada, { email });
    // The referrer must not learn from an address that nobody has proved.
    expect(await kit.referralOf(back)).toMatchObject({ status: 'pending', reason: null });
    await kit.verify(back);
    expect(await kit.referralOf(back)).toMatchObject({ status: 'rejected', reason: 'returning_person' });
  }
  expect(await kit.readStats(ada)).toMatchObject({
    signups: 5,
    successful: 1,
    rejected: 4,
    creditsEarned: 10,
  });
});

describe('16. the browser of the code’s owner', () => {
  it('gets an error with a live session, by cookie or bearer token, and its visit cookie credits nobody', async () => {
    const ada = await kit.signUp();
    const referralCode = kit.codeOf(ada);
    for (const signedIn of [{ cookie: ada.cookie }, { token: ada.token }]) {
      const { body } = await kit.register({ referralCode }, signedIn);
      expect(body.code).toBe('SELF_REFERRAL');
    }
    const cookie = `${ada.cookie}; ${await kit.visitCookie(referralCode)}`;
    const { status, body } = await kit.register({}, { cookie });
    expect([status, body.user.referredBy]).toEqual([201, null]);
  });

  it('is recognised by its device after signing out, and the referral is stored as rejected', async () => {
    const ada = await kit.signUp();
    const device = deviceOf(ada);
    expect(device).toMatch(/^device=[\w-]{22}$/);
    await server.call('POST', '/api/logout', { cookie: ada.cookie });
    const again = await kit.refer(ada, {}, { cookie: device });
    expect(await kit.referralOf(again)).toMatchObject({ status: 'rejected', reason: 'own_device' });
    const visited = await kit.visitCookie(kit.codeOf(ada));
    const byCookie = await kit.signUp({}, { cookie: `${device}; ${visited}` });
    expect(await kit.referralOf(byCookie)).toMatchObject({ status: 'rejected', reason: 'own_device' });
    const signedIn = await server.login(ada.username);
    const other = `device=${signedIn.cookies['device']}`;
    const third = await kit.refer(ada, {}, { cookie: other });
    expect(await kit.referralOf(third)).toMatchObject({ status: 'rejected', reason: 'own_device' });
  });

  it('is recognised by a cookie that scripts cannot read and that is stored only as a keyed hash', async () => {
    const { headers, cookies } = await kit.register();
    const line = headers.getSetCookie().find((text) => text.startsWith('device='));
    expect(line).toMatch(/; HttpOnly; SameSite=Lax$/);
    const { rows } = await sql<{ found: number }>`
      select count(*) as found from user_devices
      where position(convert_to(${cookies['device']}, 'utf8') in device_hash) > 0`.execute(server.app.db);
    expect(rows[0]?.found).toBe(0);
  });
});

describe('17. a signal that honest people share', () => {
  it('such as the referrer’s own mail domain leads to review if the campaign says so, a mail provider’s never', async () => {
    const ada = await kit.signUp({ email: 'ada@analytical-engines.co' });
    const colleague = (name: string) => kit.refer(ada, { email: `${name}@Analytical-Engines.co` });
    expect(await signalsOf(await colleague('one'))).toEqual(['pending', []]);
    await kit.runCampaign(admin, { reviewsSameDomain: true });
    expect(await signalsOf(await colleague('two'))).toEqual(['review', ['same_domain']]);
    for (const provider of ['gmail.com', 'outlook.com', 'yahoo.com', 'web.de', 'proton.me']) {
      const bob = await kit.signUp({ email: `bob@${provider}` });
      const friend = await kit.refer(bob, { email: `friend@${provider}` });
      expect(await signalsOf(friend)).toEqual(['pending', []]);
    }
    await kit.runCampaign(admin, {});
  });

  it.each([
    ['one address of IPv4', '8.8.4.4', '8.8.4.4'],
    ['one address of IPv4, once wrapped in IPv6', '8.8.4.5', '::ffff:8.8.4.5'],
    ['one /64 of IPv6', '2a00:1450:4001:81b::1', '2a00:1450:4001:81b:ffff::2'],
  ])(
    'such as %s with the referrer is too weak for review, let alone rejection',
    async (_what, one, other) => {
      const ada = await kit.signUp({}, { headers: clientFrom(one) });
      const friend = await kit.refer(ada, {}, { headers: clientFrom(other) });
      expect(await signalsOf(friend)).toEqual(['pending', ['same_network']]);
      await kit.verify(friend);
      expect((await kit.referralOf(friend))?.status).toBe('successful');
    },
  );

  it('is absent for another network, be it IPv4 or a neighbouring /64', async () => {
    const ada = await kit.signUp({}, { headers: clientFrom('2a00:1450:4001:82b::1') });
    for (const address of ['2a00:1450:4001:82c::1', '8.8.4.6']) {
      expect(await signalsOf(await kit.refer(ada, {}, { headers: clientFrom(address) }))).toEqual([
        'pending',
        [],
      ]);
    }
  });

  it('such as the network of an earlier referral counts for one day', async () => {
    const ada = await kit.signUp({}, { headers: clientFrom(newAddress()) });
    const headers = clientFrom(newAddress());
    expect(await signalsOf(await kit.refer(ada, {}, { headers }))).toEqual(['pending', []]);
    expect(await signalsOf(await kit.refer(ada, {}, { headers }))).toEqual(['pending', ['same_network']]);
    await sql`update referral_networks set created_at = created_at - interval '25 hours'
      where referrer_id = ${ada.user.id}`.execute(server.app.db);
    expect(await signalsOf(await kit.refer(ada, {}, { headers }))).toEqual(['pending', []]);
  });

  it('such as more than five sign-ups an hour from one network leads to review, never to rejection', async () => {
    const ada = await kit.signUp({}, { headers: clientFrom(newAddress()) });
    const headers = clientFrom(newAddress());
    const states: unknown[] = [];
    for (let n = 0; n < 7; n++) states.push((await signalsOf(await kit.refer(ada, {}, { headers })))[0]);
    expect(states).toEqual(['pending', 'pending', 'pending', 'pending', 'pending', 'review', 'review']);
    // For another referrer the same network is new.
    const bob = await kit.signUp({}, { headers: clientFrom(newAddress()) });
    expect(await signalsOf(await kit.refer(bob, {}, { headers }))).toEqual(['pending', []]);
  });

  it.each([
    '127.0.0.1',
    '::1',
    '10.1.2.3',
    '192.168.1.7',
    '172.16.0.1',
    '100.64.0.9',
    'fd00::1',
    'fe80::1',
    '169.254.1.1',
  ])('is absent for the private address %s, however many come from it', async (address) => {
    const ada = await kit.signUp({}, { headers: clientFrom(address) });
    for (let n = 0; n < 7; n++) {
      const friend = await kit.refer(ada, {}, { headers: clientFrom(address) });
      expect(await signalsOf(friend)).toEqual(['pending', []]);
    }
    const { rows } = await sql<{ stored: number }>`
        select count(*) as stored from referral_networks where referrer_id = ${ada.user.id}`.execute(
      server.app.db,
    );
    expect(rows[0]?.stored).toBe(0);
  });

  it('is not taken from an address that the client invents, without a proxy', async () => {
    const direct = await startTestServer();
    try {
      const { signUp, refer, referralOf } = createReferralKit(direct);
      const ada = await signUp({}, { headers: clientFrom('8.8.4.4') });
      const friend = await refer(ada, {}, { headers: clientFrom('8.8.4.4') });
      expect(await referralOf(friend)).toMatchObject({ status: 'pending', signals: [] });
    } finally {
      await direct.close();
    }
  });
});

it('18. two users who refer each other’s throwaway accounts from one device are put into review', async () => {
  const [ada, bob] = [await kit.signUp(), await kit.signUp()];
  const cy = await kit.refer(ada);
  const device = deviceOf(cy);
  const dee = await kit.refer(bob, {}, { cookie: device });
  expect(await signalsOf(cy)).toEqual(['pending', []]);
  expect(await signalsOf(dee)).toEqual(['review', ['known_device']]);
  await kit.verify(dee);
  expect(await kit.readStats(bob)).toMatchObject({ review: 1, successful: 0, creditsEarned: 0 });
});

describe('19. changing an address after the sign-up', () => {
  it('to a spelling of the referrer’s rejects the pending referral', async () => {
    const ada = await kit.signUp({ email: 'ada.nineteen@gmail.com' });
    const friend = await kit.refer(ada);
    await kit.changeEmail(friend, 'adanineteen+2@gmail.com');
    expect(await kit.referralOf(friend)).toMatchObject({ status: 'rejected', reason: 'own_address' });
    expect(await kit.readStats(ada)).toMatchObject({ pending: 0, rejected: 1, creditsEarned: 0 });
  });

  it('leaves a rewarded referral unchanged', async () => {
    const ada = await kit.signUp({ email: 'ada.rewarded@gmail.com' });
    const [friend] = (await kit.bring(ada, 1)) as [SignedUp];
    await kit.changeEmail(friend, 'adarewarded+2@gmail.com');
    expect(await kit.referralOf(friend)).toMatchObject({ status: 'successful' });
    expect(await kit.readStats(ada)).toMatchObject({ successful: 1, creditsEarned: 10 });
  });

  it('by the referrer, to that of the referred user, takes the mailbox or rejects the pending referral', async () => {
    const ada = await kit.signUp();
    const friend = await kit.refer(ada, { email: 'soon.the.same@gmail.com' });
    await kit.changeEmail(ada, 'soonthesame+ada@gmail.com');
    expect((await kit.verify(friend)).body.code).toBe('EMAIL_TAKEN');
    expect(await kit.referralOf(friend)).toMatchObject({ status: 'pending' });
    // If the referrer changes the address again before the verification, the mailbox is free but known.
    const other = await kit.refer(ada, { email: 'in.between@gmail.com' });
    await kit.changeEmail(ada, 'inbetween+ada@gmail.com');
    await kit.changeEmail(ada, 'elsewhere@mail.test');
    await kit.verify(other);
    expect(await kit.referralOf(other)).toMatchObject({ status: 'rejected', reason: 'own_address' });
  });

  it('of a referral in review is checked when it is approved', async () => {
    const ada = await kit.signUp({ email: 'ada.reviewed@gmail.com' });
    const first = await kit.refer(ada);
    const device = deviceOf(first);
    const friend = await kit.refer(ada, {}, { cookie: device });
    const referral = await kit.referralOf(friend);
    expect(referral?.status).toBe('review');
    await kit.changeEmail(friend, 'adareviewed+2@gmail.com');
    const approved = await kit.decide(admin, await kit.referralIdOf(friend), 'approve');
    expect(approved.body).toMatchObject({ status: 'rejected', reason: 'own_address' });
    expect(await kit.rewardsOf(ada)).toEqual([]);
  });
});

describe('14–19. weaker fraud signals', () => {
  it('a disposable address counts, but alone is too weak for review', async () => {
    const ada = await kit.signUp();
    const friend = await kit.refer(ada, { email: 'someone@mailinator.com' });
    expect(await signalsOf(friend)).toEqual(['pending', ['disposable_address']]);
    expect((await kit.referralOf(friend))?.risk).toBe(40);
    const headers = clientFrom(newAddress());
    await kit.refer(ada, {}, { headers });
    const other = await kit.refer(ada, { email: 'other@mailinator.com' }, { headers });
    expect(await signalsOf(other)).toEqual(['review', ['disposable_address', 'same_network']]);
  });

  it('a disposable address below a known domain counts the same', async () => {
    const ada = await kit.signUp();
    const friend = await kit.refer(ada, { email: 'someone@any.thing.mailinator.com' });
    expect(await signalsOf(friend)).toEqual(['pending', ['disposable_address']]);
  });

  it('a sign-up within three seconds of the visit counts', async () => {
    const ada = await kit.signUp();
    const friend = await kit.signUp({}, { cookie: await kit.visitCookie(kit.codeOf(ada)) });
    expect(await kit.referralOf(friend)).toMatchObject({
      status: 'pending',
      risk: 20,
      signals: ['too_quick'],
    });
  });
});
