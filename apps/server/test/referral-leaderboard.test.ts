import { refreshLeaderboard } from '@linkgrove/api/jobs';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PASSWORD, type SignedUp, startTestServer, type TestServer } from './kit/index.ts';
import { createReferralKit, type ReferralKit } from './invariants/kit.ts';

let server: TestServer;
let kit: ReferralKit;
beforeAll(async () => {
  server = await startTestServer();
  kit = createReferralKit(server);
});
afterAll(() => server.close());

const readBoard = async (query = '') =>
  (await server.call('GET', `/api/referral-leaderboard${query}`)).body.items;
const setOptIn = ({ token }: SignedUp, leaderboard: boolean) =>
  server.call('PATCH', '/api/me', { token, body: { leaderboard } });

it('shows those who asked for it, best first, ties alike, and nobody without successful referrals', async () => {
  const people = [
    await server.signUp(),
    await server.signUp(),
    await server.signUp(),
    await server.signUp(),
    await server.signUp(),
  ];
  const [ada, bob, cy, shy, idle] = people as [SignedUp, SignedUp, SignedUp, SignedUp, SignedUp];
  await kit.bring(ada, 1);
  await kit.bring(bob, 3);
  await kit.bring(cy, 1);
  await kit.bring(shy, 5);
  for (const who of [ada, bob, cy, idle]) expect((await setOptIn(who, true)).status).toBe(200);
  for (const period of ['', '?period=all', '?period=month', '?period=week']) {
    expect(await readBoard(period)).toEqual([
      { rank: 1, username: bob.username, displayName: null, avatarUrl: null, successful: 3 },
      { rank: 2, username: ada.username, displayName: null, avatarUrl: null, successful: 1 },
      { rank: 2, username: cy.username, displayName: null, avatarUrl: null, successful: 1 },
    ]);
  }
  await kit.bring(ada, 3);
  await refreshLeaderboard(server.app);
  expect((await readBoard()).map((row: { username: string }) => row.username)).toEqual([
    ada.username,
    bob.username,
    cy.username,
  ]);

  await setOptIn(ada, false);
  expect((await readBoard())[0].username).toBe(bob.username);
  await server.call('DELETE', '/api/me', { token: bob.token, body: { password: PASSWORD } });
  expect((await readBoard()).map((row: { username: string }) => row.username)).toEqual([cy.username]);
});

it('counts for a week and a month what came in them', async () => {
  const ada = await server.signUp();
  await kit.bring(ada, 2);
  await sql`update referral_deltas set day = day - 40 where referrer_id = ${ada.user.id}`.execute(
    server.app.db,
  );
  await kit.bring(ada, 1);
  await setOptIn(ada, true);
  const mine = async (query: string) =>
    (await readBoard(query)).find((row: { username: string }) => row.username === ada.username)?.successful;
  expect([await mine('?period=all'), await mine('?period=month'), await mine('?period=week')]).toEqual([
    3, 1, 1,
  ]);
  expect((await server.call('GET', '/api/referral-leaderboard?period=year')).body.errors[0].path).toBe(
    'period',
  );
});
