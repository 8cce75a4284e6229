import { expect, it } from 'vitest';
import {
  type Authenticator,
  BEHIND_PROXY,
  clientFrom,
  createAuthenticator,
  createHook,
  enrol,
  eventually,
  newHandle,
  newPerson,
  PASSWORD,
  type SignedUp,
  startInstance,
  useTestServer,
} from '../kit/index.ts';

const server = useTestServer({
  worker: true,
  env: { ...BEHIND_PROXY, COUNTRY_HEADER: 'CF-IPCountry', PUBLISH_REQUIRES_VERIFICATION: 'true' },
  resolveHost: async () => ['203.0.114.9'],
});

const fromCountry = (country: string) => ({ ...clientFrom('203.0.113.9'), 'cf-ipcountry': country });
const tokenOf = ({ email }: { email: string }) => server.readMailedToken(email, 'Verify');
const verify = async (who: { email: string }) =>
  server.post('/api/verify-email', { token: await tokenOf(who) });
const decline = (token: string) => server.post('/api/verify-email/decline', { token });
const firstPageOf = async (who: SignedUp) => (await server.as(who, 'GET', '/api/pages')).body.items[0];

it('A13.11 "This wasn\'t me" deletes the account and ends its sessions in one step', async () => {
  const [ada, victim] = [await server.signUp(), newPerson()];
  const stranger = await server.signUp({ email: victim.email, referralCode: ada.user.referralCode });
  const second = await server.login(stranger.username);
  const token = await tokenOf(victim);
  expect((await decline(token)).status).toBe(204);

  for (const session of [stranger.token, second.body.accessToken])
    expect((await server.call('GET', '/api/me', { token: session })).status).toBe(401);
  expect((await server.post('/api/refresh', undefined, { cookie: stranger.cookie })).status).toBe(401);
  expect((await server.login(victim.email)).status).toBe(401);
  expect((await decline(token)).body.code).toBe('TOKEN_EXPIRED');
  expect((await server.post('/api/verify-email', { token })).status).toBe(410);
  expect((await server.register({ email: victim.email })).status).toBe(201);
  expect((await server.as(ada, 'GET', '/api/referral-stats')).body.successful).toBe(0);
});

it('A13.11 of parallel answers to one mail exactly one counts', async () => {
  const stranger = await server.signUp();
  const token = await tokenOf(stranger);
  const answers = await Promise.all([
    server.post('/api/verify-email', { token }),
    decline(token),
    server.post('/api/verify-email', { token }),
    decline(token),
  ]);
  expect(answers.filter(({ status }) => status < 300)).toHaveLength(1);
});

it('A13.11 a verified account cannot be declined away', async () => {
  const ada = await server.signUp();
  const token = await tokenOf(ada);
  await server.post('/api/verify-email', { token });
  expect((await decline(token)).status).toBe(410);
  expect((await server.as(ada, 'GET', '/api/me')).status).toBe(200);
});

it('A13.11 declining a change of address cancels the change and keeps the account', async () => {
  const [ada, victim] = [await server.signUp(), newPerson().email];
  await server.as(ada, 'POST', '/api/me/email', { email: victim, password: PASSWORD });
  const token = await tokenOf({ email: victim });
  expect((await decline(token)).status).toBe(204);
  expect((await server.post('/api/verify-email', { token })).status).toBe(410);
  expect((await server.as(ada, 'GET', '/api/me')).body.email).toBe(ada.email);
  const { items } = (await server.as(ada, 'GET', '/api/me/security-events')).body;
  expect(items[0].type).toBe('email_change_declined');
});

it('A13.11 mail and page say when and from which country the account was made, and ask', async () => {
  const person = newPerson();
  await server.register(person, { headers: fromCountry('DE') });
  const mail = await server.mailbox.waitFor(person.email, 'Verify');
  const when = /on \d{1,2} [A-Z][a-z]+ \d{4} at \d\d:\d\d UTC, from Germany/;
  for (const part of [mail.text, mail.html]) {
    expect(part).toMatch(when);
    expect(part).not.toContain(person.username);
  }
  expect(mail.text).toContain('Did you create this account?');

  const token = await tokenOf(person);
  const page = await server.get(`/verify-email?token=${token}`);
  expect(page.body).toMatch(when);
  expect(page.body).toContain('Did you create this account?');
  expect(page.body).toContain('Yes, verify my address');
  expect(page.body).toMatch(/action="\/api\/verify-email\/decline"[^]*This wasn(&#39;|')t me/);
  expect(page.body).not.toContain(person.username);
  const details = await server.post('/api/verify-email/details', { token });
  expect(details.body).toEqual({ purpose: 'verify_email', requestedAt: expect.any(String), country: 'DE' });
  // Reading changed nothing.
  expect((await server.post('/api/verify-email', { token })).body.user.emailVerified).toBe(true);
  expect((await server.post('/api/verify-email/details', { token })).status).toBe(410);
});

it('A13.11 another verification mail still says when and from where the account was made', async () => {
  const person = newPerson();
  const { body } = await server.register(person, { headers: fromCountry('FR') });
  await tokenOf(person);
  await server.as({ token: body.accessToken }, 'POST', '/api/resend-verification', {}, fromCountry('ZA'));
  const mails = () => server.mailbox.received.filter(({ to }) => to === person.email);
  while (mails().length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(mails()[1]?.text).toContain('from France');
});

it.each(['XX', 'T1', 'Germany', '<b>'])('A13.11 the country %s is left out', async (country) => {
  const person = newPerson();
  expect((await server.register(person, { headers: fromCountry(country) })).status).toBe(201);
  const mail = await server.mailbox.waitFor(person.email, 'Verify');
  expect(mail.text).toMatch(/at \d\d:\d\d UTC\./);
});

it('A13.11 a country that no trusted proxy sent is ignored', async () => {
  const env = { TRUST_PROXY: '203.0.113.1', COUNTRY_HEADER: 'CF-IPCountry' };
  const direct = await startInstance(server.databaseUrl, env);
  const { body } = await direct.register({}, { headers: fromCountry('DE') });
  const { sign_up_country } = await direct.app.db
    .selectFrom('users')
    .select('sign_up_country')
    .where('id', '=', body.user.id)
    .executeTakeFirstOrThrow();
  await direct.close();
  expect(sign_up_country).toBeNull();
});

it('A13.11 opening the link, by GET or HEAD, changes nothing', async () => {
  const ada = await server.signUp();
  const token = await tokenOf(ada);
  for (const path of ['/verify-email', '/api/verify-email', '/api/verify-email/decline'])
    for (const method of ['GET', 'HEAD']) await server.call(method, `${path}?token=${token}`);
  expect((await server.as(ada, 'GET', '/api/me')).body.emailVerified).toBe(false);
  expect((await verify(ada)).status).toBe(200);
});

it('A13.11 an unverified account publishes nothing, neither when a page is created nor later', async () => {
  const ada = await server.signUp();
  const page = await firstPageOf(ada);
  const refusal = { status: 403, body: { code: 'EMAIL_NOT_VERIFIED' } };
  expect(await server.as(ada, 'PATCH', `/api/pages/${page.id}`, { published: true })).toMatchObject(refusal);
  expect(await server.as(ada, 'POST', '/api/pages', { handle: newHandle(), published: true })).toMatchObject(
    refusal,
  );
  expect((await server.as(ada, 'PATCH', `/api/pages/${page.id}`, { title: 'Ada' })).status).toBe(200);
  expect((await server.get(`/@${page.handle}`)).status).toBe(404);
  await verify(ada);
  expect((await server.as(ada, 'PATCH', `/api/pages/${page.id}`, { published: true })).status).toBe(200);
  expect((await server.get(`/@${page.handle}`)).status).toBe(200);
});

it('A13.11 a page that an unverified account published before the rule is shown nowhere', async () => {
  const ada = await server.signUp();
  const page = await firstPageOf(ada);
  const block = { type: 'link', title: 'Site', url: 'https://example.com/' };
  const { body } = await server.as(ada, 'POST', `/api/pages/${page.id}/blocks`, block);
  await server.app.db.updateTable('pages').set({ published: true }).where('id', '=', page.id).execute();
  const paths = [
    `/@${page.handle}`,
    `/@${page.handle}/qr.svg`,
    `/@${page.handle}/contact.vcf`,
    `/api/public/pages/${page.handle}`,
    `/go/${body.id}`,
  ];
  for (const path of paths) expect([path, (await server.get(path)).status]).toEqual([path, 404]);
  expect((await server.get('/sitemap.xml')).body).not.toContain(`/@${page.handle}<`);
  await verify(ada);
  for (const path of paths) expect([path, (await server.get(path)).status < 400]).toEqual([path, true]);
  expect((await server.get('/sitemap.xml')).body).toContain(`/@${page.handle}<`);
});

it('A13.11 an unverified account has no preview links to show its page by', async () => {
  const who = await server.signUp();
  const { id } = await firstPageOf(who);
  const refused = await server.as(who, 'POST', `/api/pages/${id}/preview-link`);
  expect([refused.status, refused.body.code]).toEqual([403, 'EMAIL_NOT_VERIFIED']);
  await verify(who);
  expect((await server.as(who, 'POST', `/api/pages/${id}/preview-link`)).status).toBe(200);
});

it('A13.11 whoever opens a mailed link stays unknown to the user who caused the mail', async () => {
  const [stranger, victim] = [await server.signUp(), newPerson()];
  await server.as(stranger, 'POST', '/api/me/email', { email: victim.email, password: PASSWORD });
  expect((await decline(await tokenOf(victim))).status).toBe(204);
  await verify(stranger);
  const { items } = (await server.as(stranger, 'GET', '/api/me/security-events')).body;
  const opened = items.filter(({ type }: { type: string }) => /declined|email_verified/.test(type));
  expect(opened.map(({ ip, userAgent }: { ip: string; userAgent: string }) => [ip, userAgent])).toEqual([
    [null, null],
    [null, null],
  ]);
});

it('A13.11 an unverified account starts no campaign, whose links could lead anywhere', async () => {
  const stranger = await server.signUp();
  const campaign = { name: 'x', terms: {}, landingUrl: 'https://evil.example/' };
  const { id } = (await server.as(stranger, 'POST', '/api/campaigns', campaign)).body;
  const referrer = { externalId: 'bob' };
  const { code } = (await server.as(stranger, 'POST', `/api/campaigns/${id}/referrers`, referrer)).body;
  const start = () => server.as(stranger, 'POST', `/api/campaigns/${id}/start`);
  expect(await start()).toMatchObject({ status: 403, body: { code: 'EMAIL_NOT_VERIFIED' } });
  expect((await server.get(`/r/${code}`)).headers.get('location') ?? '').not.toContain('evil.example');
  await verify(stranger);
  expect((await start()).body.state).toBe('running');
});

/** What somebody can add to an account: a passkey, an app, a key and a webhook. */
async function settleIn(who: SignedUp) {
  const authenticator = createAuthenticator();
  const options = await server.as(who, 'POST', '/api/passkeys/registration/options');
  await server.as(who, 'POST', '/api/passkeys/registration/verify', authenticator.create(options.body));
  await enrol(server, who);
  await createHook(server, who, 'https://hooks.example.com/thief');
  const { body } = await server.as(who, 'POST', '/api/keys', { name: 'Program', scopes: ['pages:read'] });
  return { authenticator, key: body.key as string };
}
const signInWithPasskey = async ({ authenticator }: { authenticator: Authenticator }) => {
  const { body } = await server.post('/api/passkeys/authentication/options');
  return (await server.post('/api/passkeys/authentication/verify', authenticator.get(body))).status;
};
/** The owner of the mailbox chooses a new password and looks at the account. */
async function reset({ email, username }: SignedUp) {
  const countMails = () =>
    server.mailbox.received.filter(({ to, subject }) => to === email && subject.includes('Reset')).length;
  const before = countMails();
  await server.post('/api/forgot-password', { email });
  await eventually(() => countMails() > before);
  const password = 'another-horse-battery';
  const token = await server.readMailedToken(email, 'Reset');
  expect((await server.post('/api/reset-password', { token, password })).status).toBe(204);
  const answer = await server.login(username, password);
  const owner = { token: answer.body.accessToken as string };
  const hooks = answer.status === 200 ? (await server.as(owner, 'GET', '/api/webhooks')).body.items : [];
  return { code: answer.body.code, hooks: hooks.length };
}
const isKeyLive = async ({ key }: { key: string }) =>
  (await server.get('/api/pages', { headers: { authorization: `Bearer ${key}` } })).status === 200;

it('A13.34 an owner who takes an account over by a reset inherits no passkey, app, key or webhook of the squatter', async () => {
  const squatter = await server.signUp();
  const left = await settleIn(squatter);
  expect(await reset(squatter)).toEqual({ code: undefined, hooks: 0 });
  expect([await signInWithPasskey(left), await isKeyLive(left)]).toEqual([401, false]);
});

it('A13.34 nor after the owner verified the address in good faith, elsewhere, with nothing of what came later lost', async () => {
  const squatter = await server.signUp();
  const left = await settleIn(squatter);
  expect((await verify(squatter)).status).toBe(200);
  expect(await reset(squatter)).toEqual({ code: undefined, hooks: 0 });
  expect([await signInWithPasskey(left), await isKeyLive(left)]).toEqual([401, false]);
  const owner = await server.login(squatter.username, 'another-horse-battery');
  const own = await settleIn({ ...squatter, token: owner.body.accessToken });
  expect((await reset(squatter)).code).toBe('MFA_REQUIRED');
  expect([await signInWithPasskey(own), await isKeyLive(own)]).toEqual([200, true]);
});

it('A13.34 nor after the squatter changed an unproven address to it, and the owner confirmed that', async () => {
  const [squatter, victim] = [await server.signUp(), newPerson()];
  const left = await settleIn(squatter);
  await server.as(squatter, 'POST', '/api/me/email', { email: victim.email, password: PASSWORD });
  expect((await verify(victim)).body.user.email).toBe(victim.email);
  expect(await reset({ ...squatter, email: victim.email })).toEqual({ code: undefined, hooks: 0 });
  expect([await signInWithPasskey(left), await isKeyLive(left)]).toEqual([401, false]);
});

it('A13.34 whoever verifies in the session that signed up keeps everything', async () => {
  const ada = await server.signUp();
  const own = await settleIn(ada);
  const verified = await server.as(ada, 'POST', '/api/verify-email', { token: await tokenOf(ada) });
  expect(verified.status).toBe(200);
  expect((await reset(ada)).code).toBe('MFA_REQUIRED');
  expect([await signInWithPasskey(own), await isKeyLive(own)]).toEqual([200, true]);
});
