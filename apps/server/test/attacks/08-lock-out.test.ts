import type { Env } from '@linkgrove/api';
import { tokenIn } from '@linkgrove/api/testing';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  BEHIND_PROXY,
  clientFrom,
  cookieHeader,
  deviceOf,
  newPerson,
  PASSWORD,
  range,
  type SignedUp,
  startTestServer,
  type TestServer,
  wrongLogin,
} from '../kit/index.ts';

const LIMITS = { RATE_LIMIT_LOGIN: '4/15m', RATE_LIMIT_FORGOT: '3/1h', ...BEHIND_PROXY };
/** A public address; those for documentation belong to no network. */
const HOME = '8.8.4.4';

let server: TestServer;
const startWith = async (env: Env = {}, worker = false) => {
  server = await startTestServer({ env: { ...LIMITS, ...env }, worker });
};
afterEach(() => server.close());

let strangers = 0;
/** The headers of a client that nobody has seen before. */
const fromStranger = () => clientFrom(`9.9.${Math.floor(strangers / 250)}.${(strangers += 1) % 250}`);

const send = (path: string, body: object, headers: Record<string, string>, cookie?: string) =>
  server.call('POST', path, { body, headers, ...(cookie !== undefined && { cookie }) });
const signIn = async (identifier: string, headers = fromStranger(), cookie?: string) =>
  (await send('/api/login', { identifier, password: PASSWORD }, headers, cookie)).status;
const failToSignIn = async (identifier: string, headers = fromStranger(), cookie?: string) =>
  (await send('/api/login', wrongLogin(identifier), headers, cookie)).status;
const askForReset = async (email: string, headers = fromStranger(), cookie?: string) =>
  (await send('/api/forgot-password', { email }, headers, cookie)).status;

/** Registers a person at `HOME`. */
async function signUpAtHome(): Promise<SignedUp> {
  const person = newPerson();
  const { body, cookies } = await send('/api/register', person, clientFrom(HOME));
  return { ...person, user: body.user, token: body.accessToken, cookie: cookieHeader(cookies) };
}

async function useUpSignIns(identifier: string): Promise<void> {
  for (const _ of range(5)) await failToSignIn(identifier);
}

describe('A13.8 strangers', () => {
  beforeEach(() => startWith());

  it('A13.8 have one budget for an account, whether they type its name, its address or its ID', async () => {
    const { username, email, user } = await signUpAtHome();
    const statuses = [];
    for (const name of [username, email, user.id, username.toUpperCase(), ` ${email} `])
      for (const _ of range(4)) statuses.push(await failToSignIn(name));
    expect(statuses.filter((status) => status === 401)).toHaveLength(4);
    expect(statuses.filter((status) => status === 429)).toHaveLength(16);
  });

  it('A13.8 have the same budget for a name that nobody has', async () => {
    for (const name of ['nobody-at-all', 'nobody@example.com']) {
      const statuses = [];
      for (const _ of range(6)) statuses.push(await failToSignIn(name));
      expect(statuses).toEqual([401, 401, 401, 401, 429, 429]);
    }
  });

  it('A13.8 do not lock out the browser of the owner', async () => {
    const owner = await signUpAtHome();
    await useUpSignIns(owner.username);
    expect(await signIn(owner.username)).toBe(429);
    expect(await signIn(owner.email, fromStranger(), deviceOf(owner))).toBe(200);
  });

  it('A13.8 do not lock out a network from which the owner signed in', async () => {
    const owner = await signUpAtHome();
    await useUpSignIns(owner.username);
    expect(await signIn(owner.username, clientFrom(HOME))).toBe(200);
  });

  it('A13.8 behind the address of the owner do not lock out the owner’s browser', async () => {
    const owner = await signUpAtHome();
    for (const n of range(5)) await failToSignIn(`account${n}`, clientFrom(HOME));
    for (const _ of range(5)) await failToSignIn(owner.username, clientFrom(HOME));
    expect(await signIn(owner.username, clientFrom(HOME))).toBe(429);
    expect(await signIn(owner.username, clientFrom(HOME), deviceOf(owner))).toBe(200);
  });

  it('A13.8 behind the address of the owner do not stop the owner’s browser from asking for a reset', async () => {
    const owner = await signUpAtHome();
    const ask = (cookie?: string) => askForReset(owner.email, clientFrom(HOME), cookie);
    for (const _ of range(3)) expect(await ask()).toBe(202);
    expect([await ask(), await ask('device=AAAAAAAAAAAAAAAAAAAAAA')]).toEqual([429, 429]);
    const statuses = [];
    for (const _ of range(4)) statuses.push(await ask(deviceOf(owner)));
    expect(statuses).toEqual([202, 202, 202, 429]);
  });

  it('A13.8 get no new attempts when the owner signs in elsewhere', async () => {
    const owner = await signUpAtHome();
    await useUpSignIns(owner.username);
    expect(await signIn(owner.username, fromStranger(), deviceOf(owner))).toBe(200);
    expect(await failToSignIn(owner.username)).toBe(429);
  });
});

describe('A13.8 a known client', () => {
  beforeEach(() => startWith());

  it('A13.8 has a budget of its own, which ends too', async () => {
    const owner = await signUpAtHome();
    const statuses = [];
    for (const _ of range(6))
      statuses.push(await failToSignIn(owner.username, fromStranger(), deviceOf(owner)));
    expect(statuses).toEqual([401, 401, 401, 401, 429, 429]);
    expect(await signIn(owner.username)).toBe(200);
  });

  it('A13.8 is known for its own account only', async () => {
    const [owner, eve] = [await signUpAtHome(), await signUpAtHome()];
    await useUpSignIns(owner.username);
    expect(await signIn(owner.username, fromStranger(), deviceOf(eve))).toBe(429);
  });

  it('A13.8 is forgotten when it was not used for 90 days, and a network after 30', async () => {
    const owner = await signUpAtHome();
    await useUpSignIns(owner.username);
    await sql`update user_devices set last_seen_at = now() - interval '91 days'`.execute(server.app.db);
    await sql`update sessions set last_used_at = now() - interval '31 days'`.execute(server.app.db);
    expect(await signIn(owner.username, fromStranger(), deviceOf(owner))).toBe(429);
    expect(await signIn(owner.username, clientFrom(HOME))).toBe(429);
  });
});

describe('A13.8 the mail link', () => {
  beforeEach(() => startWith({}, true));

  const countResets = (address: string) =>
    server.mailbox.received.filter((mail) => mail.to === address && mail.subject.includes('Reset')).length;
  const awaitResets = (address: string, count: number) => expect.poll(() => countResets(address)).toBe(count);

  it('A13.8 lets the owner in from anywhere after strangers used up both budgets', async () => {
    const { username, email } = await signUpAtHome();
    await useUpSignIns(username);
    for (const _ of range(6)) expect(await askForReset(email)).toBe(202);
    await awaitResets(email, 3);
    expect(await signIn(username)).toBe(429);
    const password = 'another-horse-battery';
    const statuses = [];
    // The newest link works. The mails may arrive in another order.
    for (const mail of server.mailbox.received.filter(
      ({ to, subject }) => to === email && subject.includes('Reset'),
    )) {
      const reset = { token: tokenIn(mail), password };
      statuses.push((await send('/api/reset-password', reset, fromStranger())).status);
    }
    expect(statuses.filter((status) => status === 204)).toHaveLength(1);
    expect((await send('/api/login', { identifier: username, password }, fromStranger())).status).toBe(200);
  });

  it('A13.8 is mailed again to the owner’s browser and network, however often strangers asked', async () => {
    const owner = await signUpAtHome();
    for (const _ of range(5)) expect(await askForReset(owner.email)).toBe(202);
    await awaitResets(owner.email, 3);
    expect(await askForReset(owner.email, fromStranger(), deviceOf(owner))).toBe(202);
    await awaitResets(owner.email, 4);
    expect(await askForReset(owner.email, clientFrom(HOME))).toBe(202);
    await awaitResets(owner.email, 5);
  });

  it('A13.8 is mailed to anyone’s request if the one before has expired', async () => {
    const { email } = await signUpAtHome();
    for (const _ of range(4)) await askForReset(email);
    await awaitResets(email, 3);
    await sql`update email_tokens set expires_at = now() where purpose = 'reset_password'`.execute(
      server.app.db,
    );
    expect(await askForReset(email)).toBe(202);
    await awaitResets(email, 4);
  });

  it('A13.8 is answered alike for known and unknown addresses', async () => {
    const { email } = await signUpAtHome();
    for (const address of [email, 'nobody@example.com'])
      for (const _ of range(6)) expect(await askForReset(address)).toBe(202);
    for (const address of [email, 'nobody@example.com']) {
      const headers = fromStranger();
      const statuses = [];
      for (const _ of range(4)) statuses.push(await askForReset(address, headers));
      expect(statuses).toEqual([202, 202, 202, 429]);
    }
  });
});
