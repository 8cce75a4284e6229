import { refreshLeaderboard } from '@linkgrove/api/jobs';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PASSWORD, type SignedUp, startTestServer, type TestServer } from './harness.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const board = async (query = '') =>
  (await server.call('GET', `/api/referral-leaderboard${query}`)).body.items;
const opt = ({ token }: SignedUp, leaderboard: boolean) =>
  server.call('PATCH', '/api/me', { token, body: { leaderboard } });

async function bring(referrer: SignedUp, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    const friend = await server.signUp({ referralCode: referrer.user.referralCode });
    const row = await server.app.db
      .selectFrom('email_tokens')
      .select('id')
      .where('user_id', '=', friend.user.id)
      .executeTakeFirstOrThrow();
    await server.call('POST', '/api/verify-email', {
      body: { token: server.app.tokenDeriver.emailToken(row.id) },
    });
  }
}

it('shows those who asked for it, best first, ties alike, and nobody without successful referrals', async () => {
  const people = [
    await server.signUp(),
    await server.signUp(),
    await server.signUp(),
    await server.signUp(),
    await server.signUp(),
  ];
  const [ada, bob, cy, shy, idle] = people as [SignedUp, SignedUp, SignedUp, SignedUp, SignedUp];
  await bring(ada, 1);
  await bring(bob, 3);
  await bring(cy, 1);
  await bring(shy, 5);
  for (const who of [ada, bob, cy, idle]) expect((await opt(who, true)).status).toBe(200);
  for (const period of ['', '?period=all', '?period=month', '?period=week']) {
    expect(await board(period)).toEqual([
      { rank: 1, username: bob.username, displayName: null, avatarUrl: null, successful: 3 },
      { rank: 2, username: ada.username, displayName: null, avatarUrl: null, successful: 1 },
      { rank: 2, username: cy.username, displayName: null, avatarUrl: null, successful: 1 },
    ]);
  }
  await bring(ada, 3);
  await refreshLeaderboard(server.app);
  expect((await board()).map((row: { username: string }) => row.username)).toEqual([
    ada.username,
    bob.username,
    cy.username,
  ]);

  await opt(ada, false);
  expect((await board())[0].username).toBe(bob.username);
  await server.call('DELETE', '/api/me', { token: bob.token, body: { password: PASSWORD } });
  expect((await board()).map((row: { username: string }) => row.username)).toEqual([cy.username]);
});

it('counts for a week and a month what came in them', async () => {
  const ada = await server.signUp();
  await bring(ada, 2);
  await sql`update referral_deltas set day = day - 40 where referrer_id = ${ada.user.id}`.execute(
    server.app.db,
  );
  await bring(ada, 1);
  await opt(ada, true);
  const mine = async (query: string) =>
    (await board(query)).find((row: { username: string }) => row.username === ada.username)?.successful;
  expect([await mine('?period=all'), await mine('?period=month'), await mine('?period=week')]).toEqual([
    3, 1, 1,
  ]);
  expect((await server.call('GET', '/api/referral-leaderboard?period=year')).body.errors[0].path).toBe(
    'period',
  );
});
