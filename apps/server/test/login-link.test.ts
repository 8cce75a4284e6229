import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import {
  type Browser,
  markSuspended,
  newPerson,
  openBrowser,
  PASSWORD,
  type SignedUp,
  signUpVerified,
  startTestServer,
  storeKey,
  toComparable,
  useTestServer,
} from './kit/index.ts';
import { codeOf, enrol } from './kit/second-factor.ts';

const server = useTestServer({ worker: true });

const newBrowser = () => openBrowser({ publicUrl: 'http://localhost:3000', url: server.url });
const SUBJECT = 'Sign in to your account';

/** Asks for a mail in the browser; returns what is in it. */
async function ask(browser: Browser, { email }: Pick<SignedUp, 'email'>) {
  expect((await browser.call('POST', '/api/login-link', { email })).status).toBe(202);
  const { text } = await server.mailbox.waitFor(email, SUBJECT);
  const [, code = ''] = /Your code is (\d{6})\./.exec(text) ?? [];
  const [, token = ''] = /\/login-link\?token=([\w-]+)/.exec(text) ?? [];
  return { code, token };
}
const verify = (browser: Browser, body: object) => browser.call('POST', '/api/login-link/verify', body);
const whoIs = async (browser: Browser) => (await browser.call('GET', '/api/me')).body;

describe('signing in by mail', () => {
  it('works with the link in the browser that asked, once, and opening it changes nothing', async () => {
    const ada = await signUpVerified(server);
    const browser = newBrowser();
    const { token } = await ask(browser, ada);
    expect((await server.get(`/login-link?token=${token}`)).status).toBe(200);
    expect((await verify(newBrowser(), { token })).body.code).toBe('TOKEN_EXPIRED');
    const answers = await Promise.all(Array.from({ length: 30 }, () => verify(browser, { token })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const made = answers.find(({ status }) => status === 200);
    expect(made?.body.user.id).toBe(ada.user.id);
    expect(decodeJwt(made?.body.accessToken)).toMatchObject({ amr: ['otp'] });
    expect((await server.login(ada.username)).status).toBe(200);
  });

  it('works with the code in any browser, once, for its own address only', async () => {
    const [ada, eve] = [await signUpVerified(server), await signUpVerified(server)];
    const { code } = await ask(newBrowser(), ada);
    const other = newBrowser();
    expect((await verify(other, { email: eve.email, code })).body.code).toBe('INVALID_CREDENTIALS');
    expect(
      (await verify(other, { email: ada.email, code: `${code.slice(0, 3)} ${code.slice(3)}` })).status,
    ).toBe(200);
    expect((await whoIs(other)).id).toBe(ada.user.id);
    expect((await verify(newBrowser(), { email: ada.email, code })).body.code).toBe('INVALID_CREDENTIALS');
  });

  it('answers the same for a known, an unknown and a suspended address', async () => {
    const [ada, bob] = [await signUpVerified(server), await server.signUp()];
    await markSuspended(server, bob);
    const { email } = newPerson();
    const answers = await Promise.all(
      [ada.email, bob.email, email].map((one) => server.post('/api/login-link', { email: one })),
    );
    const [known, ...others] = answers.map((answer) => {
      const { headers, ...rest } = toComparable(answer);
      return { ...rest, headers: { ...headers, 'set-cookie': '' } };
    });
    for (const other of others) expect(other).toEqual(known);
    await server.mailbox.waitFor(ada.email, SUBJECT);
    expect(server.mailbox.received.filter(({ to }) => [bob.email, email].includes(to))).toHaveLength(
      server.mailbox.received.filter(({ to, subject }) => to === bob.email && subject.includes('Verify'))
        .length,
    );
  });

  it('ends with a newer mail, with a change of the password, and after ten minutes', async () => {
    const ada = await signUpVerified(server);
    const browser = newBrowser();
    const first = await ask(browser, ada);
    const change = { currentPassword: PASSWORD, newPassword: 'another-horse-battery' };
    expect((await server.as(ada, 'POST', '/api/me/password', change)).status).toBe(204);
    expect((await verify(browser, { email: ada.email, code: first.code })).status).toBe(401);
    expect((await verify(browser, { token: first.token })).status).toBe(410);
    const rows = await server.app.db
      .selectFrom('email_tokens')
      .select(['created_at', 'expires_at'])
      .where('user_id', '=', ada.user.id)
      .where('purpose', '=', 'sign_in')
      .execute();
    expect(rows.map((row) => row.expires_at.getTime() - row.created_at.getTime())).toEqual([600_000]);
  });

  it('is one factor: a user with an authenticator app is asked for its code', async () => {
    const ada = await enrol(server, await signUpVerified(server));
    const browser = newBrowser();
    const { code } = await ask(browser, ada);
    const asked = await verify(browser, { email: ada.email, code });
    expect(asked).toMatchObject({ status: 401, body: { code: 'MFA_REQUIRED' } });
    expect((await whoIs(browser)).code).toBe('UNAUTHENTICATED');
    const { mfaToken } = asked.body;
    const done = await browser.call('POST', '/api/login/mfa', { mfaToken, code: codeOf(ada.secret) });
    expect([done.status, (await whoIs(browser)).id]).toEqual([200, ada.user.id]);
    expect(decodeJwt(done.body.accessToken)).toMatchObject({ amr: ['otp', 'mfa'] });
  });

  it('gives an unverified account to the owner of the mailbox, without what a squatter left', async () => {
    const squatter = await server.signUp();
    const { key } = await storeKey(server, squatter, { scopes: ['pages:read'] });
    const readPages = () => server.call('GET', '/api/pages', { token: key });
    expect((await readPages()).status).toBe(200);
    const browser = newBrowser();
    const { code } = await ask(browser, squatter);
    expect((await verify(browser, { email: squatter.email, code })).body.user).toMatchObject({
      emailVerified: true,
    });
    expect((await server.as(squatter, 'GET', '/api/me')).status).toBe(401);
    expect((await server.login(squatter.username)).status).toBe(401);
    expect((await whoIs(browser)).email).toBe(squatter.email);
    expect(await readPages()).toMatchObject({ status: 401, body: { code: 'INVALID_KEY' } });
  });

  it('needs a token, or an address with a code', async () => {
    for (const body of [{}, { email: 'ada@example.com' }, { code: '123456' }, { token: 'x', code: '123456' }])
      expect((await server.post('/api/login-link/verify', body)).body.errors[0].path).toBe('token');
    for (const code of ['12345', '1234567', 'abcdef', '１２３４５６'])
      expect((await server.post('/api/login-link/verify', { email: 'ada@example.com', code })).status).toBe(
        400,
      );
  });
});

it('codes cannot be guessed: tries are counted with those of the password', async () => {
  const strict = await startTestServer({ env: { RATE_LIMIT_LOGIN: '3/15m' } });
  const { email } = await signUpVerified(strict);
  const guess = async (code: string) => (await strict.post('/api/login-link/verify', { email, code })).status;
  expect([await guess('000000'), await guess('000001'), await guess('000002')]).toEqual([401, 401, 401]);
  expect(await guess('000003')).toBe(429);
  expect((await strict.login(email)).status).toBe(429);
  await strict.close();
});
