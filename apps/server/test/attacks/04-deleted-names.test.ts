import { expect, it } from 'vitest';
import { createReferralKit, newHandle, newPerson, toComparable, useTestServer } from '../kit/index.ts';

const server = useTestServer();
const kit = createReferralKit(server);

/** A verified user with a second page who deleted the account. */
async function leave() {
  const gone = await kit.signUp();
  await kit.verify(gone);
  const handle = newHandle();
  await kit.as(gone, 'POST', '/api/pages', { handle });
  await kit.deleteAccount(gone);
  return { ...gone, handle };
}

it('A13.4 registering a deleted username gets one answer, with the right address or a wrong one', async () => {
  const gone = await leave();
  for (const username of [gone.username, gone.handle, gone.username.toUpperCase()]) {
    const right = await kit.register({ username, email: gone.email });
    const wrong = await kit.register({ username });
    expect([right.status, right.body.code]).toEqual([409, 'USERNAME_TAKEN']);
    expect(toComparable(right)).toEqual(toComparable(wrong));
  }
});

it('A13.4 an account with the right address gets the names only after verification, as username and as handle', async () => {
  const [gone, stranger] = [await leave(), await kit.signUp()];
  const back = await kit.signUp({ email: gone.email.replace('@', '+back@') });
  const rename = (who: typeof back, username: string) => kit.as(who, 'PATCH', '/api/me', { username });
  const createPage = (who: typeof back) => kit.as(who, 'POST', '/api/pages', { handle: gone.handle });
  for (const who of [back, stranger]) {
    expect((await rename(who, gone.username)).body.code).toBe('USERNAME_TAKEN');
    expect((await createPage(who)).body.code).toBe('HANDLE_TAKEN');
  }
  await kit.verify(back);
  expect((await rename(stranger, gone.username)).body.code).toBe('USERNAME_TAKEN');
  expect((await rename(back, gone.username)).body.username).toBe(gone.username);
  expect((await createPage(back)).status).toBe(201);
  expect((await server.login(gone.username)).body.user.id).toBe(back.user.id);
  expect((await kit.register({ ...newPerson(), username: gone.username })).body.code).toBe('USERNAME_TAKEN');
});

it('A13.4 the availability of a held name says the same to everyone until the address is verified', async () => {
  const gone = await leave();
  const [back, stranger] = [await kit.signUp({ email: gone.email }), await kit.signUp()];
  const check = async (token?: string) => {
    const path = `/api/handles/${gone.username}`;
    return (await server.call('GET', path, token ? { token } : {})).body.reason;
  };
  expect([await check(), await check(stranger.token), await check(back.token)]).toEqual([
    'held',
    'held',
    'held',
  ]);
  await kit.verify(back);
  expect([await check(), await check(stranger.token), await check(back.token)]).toEqual([
    'held',
    'held',
    null,
  ]);
});
