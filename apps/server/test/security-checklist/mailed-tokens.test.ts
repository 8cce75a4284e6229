import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Answer,
  crowd,
  dumpTables,
  markSuspended,
  markVerified,
  newPerson,
  PASSWORD,
  type SignedUp,
  startTestServer,
  type TestServer,
  toComparable,
  useTestServer,
} from '../kit/index.ts';

const NEW_PASSWORD = 'another-horse-battery';

const server = useTestServer({ worker: true });

const mailsTo = (address: string, subject: string) =>
  server.mailbox.received.filter((mail) => mail.to === address && mail.subject.includes(subject));
const verifyToken = async ({ email }: SignedUp) => await server.readMailedToken(email, 'Verify');

/** Requests a reset, waits for a new mail and returns its token. */
async function resetToken(email: string): Promise<string> {
  const before = mailsTo(email, 'Reset').length;
  expect((await server.post('/api/forgot-password', { email })).status).toBe(202);
  await expect.poll(() => mailsTo(email, 'Reset').length).toBe(before + 1);
  return await server.readMailedToken(email, 'Reset');
}

it('V1 a reset request gets the same answer for every address, and only known ones get a mail', async () => {
  const [known, suspended, deleted] = [await server.signUp(), await server.signUp(), await server.signUp()];
  const verified = await server.signUp();
  await server.post('/api/verify-email', { token: await verifyToken(verified) });
  await markSuspended(server, suspended);
  await server.call('DELETE', '/api/me', { token: deleted.token, body: { password: PASSWORD } });
  const nobody = newPerson().email;
  const ask = async (email: string) => toComparable(await server.post('/api/forgot-password', { email }));
  const expected = await ask(known.email);
  expect([expected.status, expected.body.accepted]).toEqual([202, true]);
  for (const email of [suspended.email, deleted.email, verified.email, nobody, known.email.toUpperCase()]) {
    expect(await ask(email)).toEqual(expected);
  }
  // Requests are processed in order, so all of them are done when the last mail arrives.
  const last = await server.signUp();
  await resetToken(last.email);
  await expect.poll(() => mailsTo(verified.email, 'Reset').length).toBe(1);
  for (const email of [deleted.email, nobody]) expect(mailsTo(email, 'Reset')).toEqual([]);
});

describe('V2 a mailed token', () => {
  it('has 256 bits, is stored as SHA-256 only, and is valid for an hour to reset and a day to verify', async () => {
    const ada = await server.signUp();
    const tokens = { verify_email: await verifyToken(ada), reset_password: await resetToken(ada.email) };
    const { rows } = await sql<{ purpose: keyof typeof tokens; hash: Buffer; minutes: number }>`
      select purpose, token_hash as hash, round(extract(epoch from expires_at - created_at) / 60)::int as minutes
      from email_tokens where user_id = ${ada.user.id} order by purpose`.execute(server.app.db);
    expect(rows.map(({ purpose, minutes }) => [purpose, minutes])).toEqual([
      ['reset_password', 60],
      ['verify_email', 1_440],
    ]);
    for (const { purpose, hash } of rows) {
      const token = tokens[purpose];
      expect(Buffer.from(token, 'base64url')).toHaveLength(32);
      expect(hash).toEqual(createHash('sha256').update(token).digest());
    }
  });

  it('that is used, expired, replaced or unknown gives the same error', async () => {
    const { email, user } = await server.signUp();
    const reset = async (token: string) =>
      toComparable(await server.post('/api/reset-password', { token, password: NEW_PASSWORD }));
    const used = await resetToken(email);
    expect((await reset(used)).status).toBe(204);
    const replaced = await resetToken(email);
    const expired = await resetToken(email);
    await sql`update email_tokens set expires_at = now() where user_id = ${user.id} and used_at is null`.execute(
      server.app.db,
    );
    const unknown = await reset('x'.repeat(43));
    expect(unknown).toMatchObject({ status: 410, body: { code: 'TOKEN_EXPIRED' } });
    for (const token of [used, replaced, expired]) expect(await reset(token)).toEqual(unknown);
  });
});

it('V3 50 uses of one token, 30 at once, succeed once', async () => {
  const { email, username } = await server.signUp();
  const token = await resetToken(email);
  const answers = await crowd(50, 30, (index) =>
    server.post('/api/reset-password', { token, password: `horse-battery-number-${index}` }),
  );
  expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 410)).toHaveLength(49);
  const winner = answers.findIndex(({ status }) => status === 204);
  expect((await server.login(username, `horse-battery-number-${winner}`)).status).toBe(200);
});

it('V4 a newer token of the same kind invalidates an older one', async () => {
  const ada = await server.signUp();
  const [older, newer] = [await resetToken(ada.email), await resetToken(ada.email)];
  expect((await server.post('/api/reset-password', { token: older, password: NEW_PASSWORD })).status).toBe(
    410,
  );
  expect((await server.post('/api/reset-password', { token: newer, password: NEW_PASSWORD })).status).toBe(
    204,
  );
});

describe('V5 a password reset', () => {
  it('ends every session, signs nobody in, invalidates every other token and sends a mail', async () => {
    const ada = await server.signUp();
    await markVerified(server, ada);
    const second = await server.login(ada.username, PASSWORD);
    const elsewhere = newPerson().email;
    await server.post('/api/me/email', { email: elsewhere, password: PASSWORD }, { token: ada.token });
    const pending = await server.readMailedToken(elsewhere, 'Verify');
    const token = await resetToken(ada.email);
    const answer = await server.post('/api/reset-password', { token, password: NEW_PASSWORD });
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([204, []]);
    for (const old of [ada.token, second.body.accessToken])
      expect((await server.call('GET', '/api/me', { token: old })).status).toBe(401);
    for (const cookie of [ada.cookie])
      expect((await server.post('/api/refresh', undefined, { cookie })).status).toBe(401);
    await server.mailbox.waitFor(ada.email, 'password was changed');
    // Someone who was signed in before must not move the account to their own address now.
    expect((await server.post('/api/verify-email', { token: pending })).status).toBe(410);
  });

  it('happens completely or not at all', async () => {
    const ada = await server.signUp();
    await markVerified(server, ada);
    const token = await resetToken(ada.email);
    const { db } = server.app;
    await sql`create function refuse() returns trigger language plpgsql as $$ begin raise 'no'; end $$`.execute(
      db,
    );
    await sql`create trigger refuse before insert on outbox for each row
      when (new.payload->>'template' = 'password-changed') execute function refuse()`.execute(db);
    const failed = await server.post('/api/reset-password', { token, password: NEW_PASSWORD });
    await sql`drop function refuse cascade`.execute(db);
    expect([failed.status, failed.body.code]).toEqual([500, 'INTERNAL']);
    expect((await server.call('GET', '/api/me', { token: ada.token })).status).toBe(200);
    expect((await server.login(ada.username, NEW_PASSWORD)).status).toBe(401);
    expect((await server.login(ada.username, PASSWORD)).status).toBe(200);
    expect((await server.post('/api/reset-password', { token, password: NEW_PASSWORD })).status).toBe(204);
  });
});

it('V6 the link in a mail leads to the configured address, whatever host the request named', async () => {
  const { email } = await server.signUp();
  const { port } = new URL(server.url);
  const body = JSON.stringify({ email });
  const send = (headers: Record<string, string>, path = '/api/forgot-password') =>
    new Promise<number>((resolve, reject) => {
      const options = {
        host: '127.0.0.1',
        port,
        method: 'POST',
        path,
        headers: { 'content-type': 'application/json', ...headers },
      };
      request(options, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      })
        .on('error', reject)
        .end(body);
    });
  const evil = 'evil.example';
  const statuses = [
    await send({ host: evil }),
    await send({ 'x-forwarded-host': evil, 'x-forwarded-proto': 'https', forwarded: `host=${evil}` }),
    await send({ 'x-original-url': `https://${evil}/`, 'x-rewrite-url': '/', referer: `https://${evil}/` }),
    await send({ host: evil }, `http://${evil}/api/forgot-password`),
  ];
  const accepted = statuses.filter((status) => status === 202).length;
  expect(accepted).toBeGreaterThanOrEqual(3);
  await expect.poll(() => mailsTo(email, 'Reset').length).toBe(accepted);
  for (const mail of mailsTo(email, 'Reset')) {
    expect(mail.text).toContain('http://localhost:3000/reset-password?token=');
    expect(mail.text + mail.html).not.toContain(evil);
  }
});

describe('V7 a mailed token is bound', () => {
  it('to the address it was sent to', async () => {
    const ada = await server.signUp();
    const [verify, reset] = [await verifyToken(ada), await resetToken(ada.email)];
    const elsewhere = newPerson().email;
    await server.post('/api/me/email', { email: elsewhere, password: PASSWORD }, { token: ada.token });
    const confirm = await server.readMailedToken(elsewhere, 'Verify');
    expect((await server.post('/api/verify-email', { token: confirm })).status).toBe(200);
    expect((await server.post('/api/verify-email', { token: verify })).status).toBe(410);
    expect((await server.post('/api/reset-password', { token: reset, password: NEW_PASSWORD })).status).toBe(
      410,
    );
  });

  it('to an account that exists', async () => {
    const ada = await server.signUp();
    const [verify, reset] = [await verifyToken(ada), await resetToken(ada.email)];
    await server.call('DELETE', '/api/me', { token: ada.token, body: { password: PASSWORD } });
    const again = await server.signUp({ email: ada.email });
    expect((await server.post('/api/verify-email', { token: verify })).status).toBe(410);
    expect((await server.post('/api/reset-password', { token: reset, password: NEW_PASSWORD })).status).toBe(
      410,
    );
    expect((await server.login(again.email, PASSWORD)).body.user.emailVerified).toBe(false);
  });
});

it('V8 opening a link does not use it up', async () => {
  const ada = await server.signUp();
  const [verify, reset] = [await verifyToken(ada), await resetToken(ada.email)];
  const hasForm = async (path: string) => String((await server.get(path)).body).includes('<form');
  expect(await hasForm(`/reset-password?token=${verify}`)).toBe(false);
  expect(await hasForm(`/undo-email-change?token=${reset}`)).toBe(false);
  expect(await hasForm(`/reset-password?token=${reset}`)).toBe(true);
  for (const method of ['GET', 'HEAD', 'OPTIONS']) {
    await server.call(method, `/verify-email?token=${verify}`);
    await server.call(method, `/reset-password?token=${reset}`);
    await server.call(method, `/api/verify-email?token=${verify}`);
    await server.call(
      method,
      `/trpc/auth.verifyEmail?input=${encodeURIComponent(JSON.stringify({ token: verify }))}`,
    );
  }
  expect((await server.post('/api/verify-email', { token: verify })).status).toBe(200);
  expect((await server.post('/api/reset-password', { token: reset, password: NEW_PASSWORD })).status).toBe(
    204,
  );
  expect(await hasForm(`/reset-password?token=${reset}`)).toBe(false);
});

describe('a flood', () => {
  let strict: TestServer;
  beforeAll(async () => {
    strict = await startTestServer({
      worker: true,
      env: { RATE_LIMIT_FORGOT: '3/1h', TRUST_PROXY: '127.0.0.1' },
    });
  });
  afterAll(() => strict.close());
  let hosts = 0;
  const elsewhere = () => {
    hosts += 1;
    return { 'x-forwarded-for': `198.51.100.${hosts}` };
  };
  const collectStatuses = async (count: number, send: () => Promise<Answer>) => {
    const statuses = [];
    for (let n = 0; n < count; n++) statuses.push((await send()).status);
    return statuses;
  };
  const countMails = (address: string, subject: string) =>
    strict.mailbox.received.filter((mail) => mail.to === address && mail.subject.includes(subject)).length;

  it('V9 of reset requests from many addresses sends three mails an hour and keeps nobody from signing in', async () => {
    const { email } = await strict.signUp();
    const ask = (address: string) => () =>
      strict.call('POST', '/api/forgot-password', { body: { email: address }, headers: elsewhere() });
    expect(await collectStatuses(6, ask(email))).toEqual([202, 202, 202, 202, 202, 202]);
    expect(await collectStatuses(6, ask('nobody@example.com'))).toEqual([202, 202, 202, 202, 202, 202]);
    const { status } = await strict.call('POST', '/api/login', {
      body: { identifier: email, password: PASSWORD },
    });
    expect(status).toBe(200);
    await expect.poll(() => countMails(email, 'Reset')).toBe(3);
  });

  it('V9 Q13 of requests for another verification mail stops after three', async () => {
    const { token, email } = await strict.signUp();
    const again = () => strict.call('POST', '/api/resend-verification', { token, headers: elsewhere() });
    expect(await collectStatuses(6, again)).toEqual([202, 202, 202, 429, 429, 429]);
    await expect.poll(() => countMails(email, 'Verify')).toBe(4);
  });

  it('V9 Q13 of address changes cannot fill a stranger’s mailbox', async () => {
    const { token } = await strict.signUp();
    const body = { email: 'stranger@example.com', password: PASSWORD };
    const move = () => strict.call('POST', '/api/me/email', { token, body, headers: elsewhere() });
    expect(await collectStatuses(6, move)).toEqual([202, 202, 202, 429, 429, 429]);
  });
});

it('V10 a display name cannot add mail headers or HTML', async () => {
  const ada = await server.signUp();
  const rename = (displayName: string) =>
    server.call('PATCH', '/api/me', { token: ada.token, body: { displayName } });
  for (const name of ['Ada\r\nBcc: eve@example.com', 'Ada\nX: y', 'Ada\u2028Bcc: eve@example.com'])
    expect((await rename(name)).status).toBe(400);
  expect((await rename('<img src=x onerror=alert(1)>')).status).toBe(200);
  await resetToken(ada.email);
  const mail = await server.mailbox.waitFor(ada.email, 'Reset');
  expect(mail.recipients).toEqual([ada.email]);
  expect(mail.html).not.toContain('<img src=x');
});

it('V11 no token appears in a job, a message or a table, and no page that receives one leaks its URL', async () => {
  const ada = await server.signUp();
  const tokens = [await verifyToken(ada), await resetToken(ada.email)];
  const tables = await dumpTables(server.app.db);
  expect(tables.filter(({ schema }) => schema === 'bullmq').length).toBeGreaterThan(0);
  for (const { text } of tables) {
    for (const token of tokens) {
      for (const spelling of [
        token,
        Buffer.from(token).toString('hex'),
        Buffer.from(token, 'base64url').toString('hex'),
      ])
        expect(text).not.toContain(spelling);
    }
  }
  for (const path of ['/verify-email', '/reset-password', '/confirm-email']) {
    const { status, headers, body } = await server.call('GET', `${path}?token=${tokens[0]}`);
    expect([status, headers.get('referrer-policy')]).toEqual([200, 'no-referrer']);
    expect(String(body)).not.toMatch(/(src|href|action)="(https?:)?\/\//);
  }
});

it('V12 an address changes after the password is given and the new one is confirmed; the old one is notified', async () => {
  const ada = await server.signUp();
  await markVerified(server, ada);
  const elsewhere = newPerson().email;
  const ask = (password: string) =>
    server.post('/api/me/email', { email: elsewhere, password }, { token: ada.token });
  expect((await ask('not-the-password')).status).toBe(401);
  expect((await ask(PASSWORD)).status).toBe(202);
  await server.mailbox.waitFor(ada.email, 'about to change');
  expect((await server.call('GET', '/api/me', { token: ada.token })).body.email).toBe(ada.email);
  expect((await server.login(elsewhere, PASSWORD)).status).toBe(401);
  const token = await server.readMailedToken(elsewhere, 'Verify');
  expect((await server.post('/api/verify-email', { token })).body.user).toMatchObject({
    email: elsewhere,
    emailVerified: true,
  });
  await server.mailbox.waitFor(ada.email, 'was changed');
  expect((await server.login(ada.email, PASSWORD)).status).toBe(401);
  expect((await server.login(elsewhere, PASSWORD)).status).toBe(200);
});
