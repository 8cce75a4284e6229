import { deleteTrashedPages } from '@linkgrove/api/jobs';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import {
  type Answer,
  createReferralKit,
  newHandle,
  newPerson,
  type SignedUp,
  times,
  useTestServer,
} from '../kit/index.ts';

const server = useTestServer();
const kit = createReferralKit(server);

const rename = (who: SignedUp, username: string) => kit.as(who, 'PATCH', '/api/me', { username });
const createPage = (who: SignedUp, handle: string) => kit.as(who, 'POST', '/api/pages', { handle });
const firstPageOf = async (who: SignedUp) => (await kit.as(who, 'GET', '/api/pages')).body.items[0];
const renamePage = async (who: SignedUp, handle: string) =>
  kit.as(who, 'PATCH', `/api/pages/${(await firstPageOf(who)).id}`, { handle });
const expire = (handle: string) =>
  server.app.db
    .updateTable('handles')
    .set({ until: sql<Date>`now() - interval '1 second'` })
    .where('handle', '=', handle)
    .execute();
const allowRename = ({ user }: SignedUp) =>
  server.app.db.updateTable('users').set({ username_changed_at: null }).where('id', '=', user.id).execute();

/** Every way in which `who` or a new user could get a name; all must be refused. */
async function expectRefused(name: string, who: SignedUp): Promise<void> {
  for (const spelling of [name, name.toUpperCase()]) {
    expect((await rename(who, spelling)).body.code).toBe('USERNAME_TAKEN');
    expect((await createPage(who, spelling)).body.code).toBe('HANDLE_TAKEN');
    expect((await renamePage(who, spelling)).body.code).toBe('HANDLE_TAKEN');
    expect((await kit.register({ username: spelling })).body.code).toBe('USERNAME_TAKEN');
  }
}

it('A13.5 another person’s handle is no username, whether in use, replaced or held', async () => {
  const [ada, eve] = [await kit.signUp(), await kit.signUp()];
  const [used, replaced, held] = [newHandle(), newHandle(), newHandle()];
  const { id } = (await createPage(ada, replaced)).body;
  await kit.as(ada, 'PATCH', `/api/pages/${id}`, { handle: used });
  const trashed = (await createPage(ada, held)).body.id;
  await kit.as(ada, 'DELETE', `/api/pages/${trashed}`);
  for (const name of [used, replaced, held]) await expectRefused(name, eve);
  expect((await rename(ada, held)).status).toBe(200);
});

it('A13.5 another person’s username is no handle, even after their page has another handle', async () => {
  const [ada, eve] = [await kit.signUp(), await kit.signUp()];
  await renamePage(ada, newHandle());
  await expire(ada.username);
  await deleteTrashedPages(server.app);
  await expectRefused(ada.username, eve);
  expect((await kit.as(eve, 'GET', `/api/handles/${ada.username}`)).body.reason).toBe('taken');
  expect((await kit.as(ada, 'GET', `/api/handles/${ada.username}`)).body.available).toBe(true);
  const username = newHandle();
  await rename(ada, username);
  await expectRefused(username, eve);
  expect((await createPage(ada, username)).status).toBe(201);
});

it('A13.5 a username that was renamed away is held 90 days for its owner; signing in by it reaches nobody', async () => {
  const [ada, eve] = [await kit.signUp(), await kit.signUp()];
  await renamePage(ada, newHandle());
  await expire(ada.username);
  const next = newHandle();
  await rename(ada, next);
  const { until } = await server.app.db
    .selectFrom('handles')
    .select('until')
    .where('handle', '=', ada.username)
    .executeTakeFirstOrThrow();
  expect(Math.round(((until as Date).getTime() - Date.now()) / 86_400_000)).toBe(90);
  await expectRefused(ada.username, eve);
  expect((await server.login(ada.username)).status).toBe(401);
  expect((await server.login(next)).body.user.id).toBe(ada.user.id);
  await allowRename(ada);
  expect((await rename(ada, ada.username)).body.username).toBe(ada.username);
  await allowRename(ada);
  await rename(ada, newHandle());
  await expire(ada.username);
  expect((await rename(eve, ada.username)).status).toBe(200);
});

it('A13.5 a username that is renamed away stays the handle of its owner’s page, and is held when that changes', async () => {
  const [ada, eve] = [await kit.signUp(), await kit.signUp()];
  await rename(ada, newHandle());
  expect((await firstPageOf(ada)).handle).toBe(ada.username);
  await expectRefused(ada.username, eve);
  await renamePage(ada, newHandle());
  await expectRefused(ada.username, eve);
});

it('A13.5 a name that an operator reserved is nobody’s username', async () => {
  const eve = await kit.signUp();
  const handle = newHandle();
  await server.app.db.insertInto('handles').values({ handle, state: 'reserved' }).execute();
  expect((await rename(eve, handle)).body.code).toBe('USERNAME_TAKEN');
  expect((await kit.register({ username: handle })).body.code).toBe('USERNAME_TAKEN');
});

it('A13.5 a username from before the table of names is protected, too', async () => {
  const [ada, eve] = [await kit.signUp(), await kit.signUp()];
  const name = newHandle();
  // As a server of the previous version renames a user.
  await server.app.db.updateTable('users').set({ username: name }).where('id', '=', ada.user.id).execute();
  await expectRefused(name, eve);
  expect((await rename(ada, newHandle())).status).toBe(200);
  await expectRefused(name, eve);
});

it('A13.5 of 30 who want one name as username, as handle and at sign-up at once, one gets it', async () => {
  for (let round = 0; round < 3; round++) {
    const people = await times(20, () => kit.signUp());
    const name = newHandle();
    const answers: Answer[] = await times(30, (n) => {
      if (n >= 20) return kit.register({ ...newPerson(), username: name });
      const who = people[n] as SignedUp;
      return n % 2 ? rename(who, name) : createPage(who, name.toUpperCase());
    });
    expect(answers.filter(({ status }) => status < 300)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(29);
    const { rows } = await sql<{ owners: number }>`
      select count(distinct id) as owners from (
        select id from users where lower(username) = ${name}
        union select workspace_id from handles where handle = ${name}
      ) o`.execute(server.app.db);
    expect(rows[0]?.owners).toBe(1);
  }
});
