import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { type Client, eventually, newPerson, PASSWORD, range, useTestServer } from '../kit/index.ts';

const server = useTestServer({
  worker: true,
  env: { MAIL_LIMIT_RECIPIENT: '10/1h,30/1d', RATE_LIMIT_FORGOT: '10/1h', RATE_LIMIT_REGISTER: '100/1h' },
});

const OTHER_PASSWORD = 'another-horse-battery';

/** Waits until the worker has handled every message. */
const drainOutbox = () =>
  eventually(async () => {
    const { rows } = await sql<{ open: number }>`
      select count(*)::int as open from outbox where done_at is null`.execute(server.app.db);
    return rows[0]?.open === 0;
  });

/** The mail that reached a mailbox, with any tag in its address. */
const readMailbox = (email: string) => {
  const [name = '', domain = ''] = email.split('@');
  return server.mailbox.received.filter(
    ({ to }) => to === email || (to.startsWith(`${name}+`) && to.endsWith(`@${domain}`)),
  );
};
const subjectsTo = (email: string) => readMailbox(email).map(({ subject }) => subject);

/** Changes the password back and forth, and returns the status of each change. */
async function alternatePasswords(client: Client, token: string, count: number): Promise<number[]> {
  const passwords = [PASSWORD, OTHER_PASSWORD];
  const statuses: number[] = [];
  for (const index of range(count)) {
    const [currentPassword, newPassword] = index % 2 === 0 ? passwords : passwords.toReversed();
    statuses.push(
      (await client.post('/api/me/password', { currentPassword, newPassword }, { token })).status,
    );
  }
  return statuses;
}

const verify = async (email: string) =>
  server.post('/api/verify-email', { token: await server.readMailedToken(email, 'Verify') });

it('A13.2 25 changes of password send an unverified address nothing but its verification mail', async () => {
  const victim = await server.signUp();
  const statuses = await alternatePasswords(server, victim.token, 25);
  expect(statuses.filter((status) => status === 204)).toHaveLength(10);
  expect(new Set(statuses.slice(10))).toEqual(new Set([429]));
  const login = await server.login(victim.username);
  await server.as({ token: login.body.accessToken }, 'POST', '/api/me/email', {
    email: newPerson().email,
    password: PASSWORD,
  });
  await drainOutbox();
  expect(subjectsTo(victim.email)).toEqual(['Verify your email address']);
});

it('A13.2 a reset of an unverified account is mailed, and nothing follows it', async () => {
  const victim = await server.signUp();
  await server.mailbox.waitFor(victim.email, 'Verify');
  await server.post('/api/forgot-password', { email: victim.email });
  const token = await server.readMailedToken(victim.email, 'Reset');
  expect((await server.post('/api/reset-password', { token, password: OTHER_PASSWORD })).status).toBe(204);
  await drainOutbox();
  expect(subjectsTo(victim.email)).toEqual(['Verify your email address', 'Reset your password']);
});

it('A13.2 twenty sign-ups with tags and their resends send a mailbox ten mails in an hour', async () => {
  const people = await Promise.all(
    range(20).map((index) => server.signUp({ email: `target+${index}@mailbox.test` })),
  );
  const answers = await Promise.all(
    people.map((one) => server.as(one, 'POST', '/api/resend-verification', {})),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  const mover = await server.signUp();
  await server.as(mover, 'POST', '/api/me/email', { email: 'target+z@mailbox.test', password: PASSWORD });
  await drainOutbox();
  expect(readMailbox('target@mailbox.test')).toHaveLength(10);
  const metrics = await server.app.metrics.register.metrics();
  expect(metrics).toMatch(/linkgrove_mail_dropped_total\{template="verify-email",reason="budget"\} \d+/);
});

it('A13.2 a mail that is dropped leaves the link of the mail before it valid', async () => {
  const ada = await server.signUp({ email: 'ada+first@full.test' });
  const token = await server.readMailedToken(ada.email, 'Verify');
  for (const index of range(12)) await server.signUp({ email: `ada+${index}@full.test` });
  await drainOutbox();
  expect((await server.as(ada, 'POST', '/api/resend-verification', {})).status).toBe(202);
  await drainOutbox();
  expect(readMailbox('ada@full.test')).toHaveLength(10);
  expect((await server.post('/api/verify-email', { token })).status).toBe(200);
});

it('A13.2 a stranger who spends the budget of a mailbox cannot keep its owner from signing up with its plain address', async () => {
  for (const index of range(12)) await server.signUp({ email: `eve+${index}@plain.test` });
  await drainOutbox();
  const eve = await server.signUp({ email: 'Eve@plain.test' });
  await server.readMailedToken(eve.email, 'Verify');
  await server.post('/api/forgot-password', { email: eve.email });
  const token = await server.readMailedToken(eve.email, 'Reset');
  for (const _ of range(2)) {
    await server.as(eve, 'POST', '/api/resend-verification', {});
    await server.post('/api/forgot-password', { email: eve.email });
    await server.post('/api/forgot-password', { email: 'eve+1@plain.test' });
  }
  await drainOutbox();
  expect(subjectsTo(eve.email)).toEqual(['Verify your email address', 'Reset your password']);
  expect(readMailbox('eve@plain.test')).toHaveLength(10);
  expect((await server.post('/api/reset-password', { token, password: OTHER_PASSWORD })).status).toBe(204);
});

it('A13.2 a stranger who spends the budget of a mailbox cannot keep reset links and security mails from its owner', async () => {
  const owner = await server.signUp({ email: 'owner@spent.test' });
  for (const index of range(12)) await server.signUp({ email: `owner+${index}@spent.test` });
  await drainOutbox();
  expect(readMailbox(owner.email)).toHaveLength(10);
  await verify(owner.email);

  await server.post('/api/forgot-password', { email: owner.email });
  const token = await server.readMailedToken(owner.email, 'Reset');
  // A second request is dropped; the first link stays valid.
  await server.post('/api/forgot-password', { email: owner.email });
  await drainOutbox();
  expect((await server.post('/api/reset-password', { token, password: OTHER_PASSWORD })).status).toBe(204);
  await server.mailbox.waitFor(owner.email, 'password was changed');
  const { body } = await server.login(owner.email, OTHER_PASSWORD);
  const move = { email: newPerson().email, password: OTHER_PASSWORD };
  await server.as({ token: body.accessToken }, 'POST', '/api/me/email', move);
  await server.mailbox.waitFor(owner.email, 'about to change');
  await drainOutbox();
  expect(readMailbox(owner.email)).toHaveLength(13);
});

it('A13.2 a mail that could not be sent is counted once, however often it is tried', async () => {
  // Sent messages lose their payload, without which none could be tried again.
  await sql`create function keep_payload() returns trigger language plpgsql as
    'begin new.payload := old.payload || new.payload; return new; end'`.execute(server.app.db);
  await sql`create trigger keep_payload before update on outbox
    for each row execute function keep_payload()`.execute(server.app.db);
  const ada = await server.signUp({ email: 'ada@retried.test' });
  await server.readMailedToken(ada.email, 'Verify');
  await drainOutbox();
  await server.app.db
    .updateTable('outbox')
    .set({ done_at: null, relayed_at: null, id: sql`gen_random_uuid()` })
    .where(sql`payload->>'to'`, '=', ada.email)
    .execute();
  await drainOutbox();
  expect(readMailbox(ada.email)).toHaveLength(2);
  const { rows } = await sql<{ sent: number }>`
    select sent from mail_budgets where recipient_hash = ${server.app.keyedHash('mailbox', ada.email)}`.execute(
    server.app.db,
  );
  expect(rows.map(({ sent }) => sent)).toEqual([1, 1]);
});

it('A13.2 tries to change a username have a budget', async () => {
  const [ada, bob] = [await server.signUp(), await server.signUp()];
  const statuses: number[] = [];
  for (const _ of range(101))
    statuses.push((await server.as(ada, 'PATCH', '/api/me', { username: bob.username })).status);
  expect(statuses.slice(0, 100)).toEqual(range(100).map(() => 409));
  expect(statuses[100]).toBe(429);
  expect((await server.as(ada, 'PATCH', '/api/me', { displayName: 'Ada' })).status).toBe(200);
});
