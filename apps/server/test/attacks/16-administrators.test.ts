import { sql } from 'kysely';
import { expect, it } from 'vitest';
import {
  BEHIND_PROXY,
  clientFrom,
  PASSWORD,
  type SignedUp,
  signUpAdmin,
  useTestServer,
} from '../kit/index.ts';

const OFFICE = { ...clientFrom('8.8.4.4'), 'user-agent': 'Office browser' };
const HIDDEN = ['8.8.4.4', 'Office browser'];

const server = useTestServer({ env: BEHIND_PROXY });

/** Has an administrator act on a user from the office: look up, suspend and restore. */
async function act(admin: SignedUp, { user }: SignedUp): Promise<void> {
  const path = `/api/admin/users/${user.id}`;
  await server.as(admin, 'GET', path, undefined, OFFICE);
  await server.as(admin, 'POST', `${path}/suspend`, { reason: 'Spam' }, OFFICE);
  await server.as(admin, 'POST', `${path}/restore`, {}, OFFICE);
}
const signInAgain = async ({ username }: SignedUp) => ({
  token: (await server.login(username)).body.accessToken as string,
});
const findEvents = async (column: 'user_id' | 'actor_id', { user }: SignedUp) =>
  server.app.db
    .selectFrom('security_events')
    .select(['type', 'ip', 'user_agent', 'details'])
    .where(column, '=', user.id)
    .execute();

it('A13.16 a user sees what an administrator did, and neither their address, their browser nor their ID', async () => {
  const [admin, bob] = [await signUpAdmin(server), await server.signUp()];
  await act(admin, bob);
  const again = await signInAgain(bob);
  const { items } = (await server.as(again, 'GET', '/api/me/security-events')).body;
  const acts = items.filter((event: { byAdmin: boolean }) => event.byAdmin);
  expect(acts).toMatchObject(
    ['restored', 'suspended', 'looked_up'].map((type) => ({ type, ip: null, userAgent: null })),
  );
  for (const path of ['/api/me/security-events', '/api/me/export']) {
    const text = JSON.stringify((await server.as(again, 'GET', path)).body);
    for (const part of [...HIDDEN, admin.user.id, admin.username]) expect(text).not.toContain(part);
  }
});

it('A13.16 a decision on a referral shows the referrer no address of the administrator', async () => {
  const [admin, ada] = [await signUpAdmin(server), await server.signUp()];
  await server.signUp({ referralCode: ada.user.referralCode });
  const [referral] = (await server.as(ada, 'GET', '/api/referrals')).body.items;
  const path = `/api/admin/referrals/${referral.id}/reject`;
  const decided = await server.as(admin, 'POST', path, { reason: 'Stuffing' }, OFFICE);
  expect(decided.status).toBe(200);
  const { items } = (await server.as(ada, 'GET', '/api/me/security-events')).body;
  expect(items[0]).toMatchObject({ type: 'referral_rejected', byAdmin: true, ip: null, userAgent: null });
});

it('A13.16 users still see the address of what they did themselves', async () => {
  const admin = await signUpAdmin(server);
  await act(admin, admin);
  const { items } = (await server.as(admin, 'GET', '/api/me/security-events')).body;
  expect(items[0]).toMatchObject({ type: 'looked_up', byAdmin: true, ip: '8.8.4.4' });
});

it('A13.16 the deletion of an administrator clears the addresses in what they did, and keeps the reasons', async () => {
  const [admin, bob] = [await signUpAdmin(server), await server.signUp()];
  await act(admin, bob);
  expect(await findEvents('actor_id', admin)).toContainEqual(
    expect.objectContaining({ type: 'suspended', ip: '8.8.4.4' }),
  );
  expect((await server.as(admin, 'DELETE', '/api/me', { password: PASSWORD })).status).toBe(204);
  const acts = await findEvents('actor_id', admin);
  expect(acts).toHaveLength(3);
  for (const event of acts) expect(event).toMatchObject({ ip: null, user_agent: null });
  expect(acts).toContainEqual(expect.objectContaining({ details: { reason: 'Spam' } }));
});

it('A13.16 the deletion of a user clears everything in the events of their account', async () => {
  const [admin, bob] = [await signUpAdmin(server), await server.signUp()];
  await act(admin, bob);
  await server.as(await signInAgain(bob), 'DELETE', '/api/me', { password: PASSWORD });
  const { rows } = await sql`
    select from security_events
    where user_id = ${bob.user.id} and num_nonnulls(ip, user_agent, details) > 0`.execute(server.app.db);
  expect(rows).toEqual([]);
});
