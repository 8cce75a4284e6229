import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { deleteTrashedPages } from '@linkgrove/api/jobs';
import { tokenIn } from '@linkgrove/api/testing';
import {
  eventually,
  newHandle,
  newPerson,
  PASSWORD,
  type SignedUp,
  startTestServer,
  times,
  useTestServer,
} from './kit/index.ts';

const server = useTestServer({ worker: true });

const createPage = (who: SignedUp, handle: string) => server.as(who, 'POST', '/api/pages', { handle });
const firstPageOf = async (who: SignedUp) => (await server.as(who, 'GET', '/api/pages')).body.items[0];
const renamePage = (who: SignedUp, id: string, handle: string) =>
  server.as(who, 'PATCH', `/api/pages/${id}`, { handle });
const checkHandle = async (handle: string, who?: SignedUp) => {
  const path = `/api/handles/${encodeURIComponent(handle)}`;
  const { body } = await server.call('GET', path, who ? { token: who.token } : {});
  return body.reason ?? (body.available ? 'available' : 'unknown');
};
/** Ends the hold of a handle. */
const expireHandle = (handle: string) =>
  server.app.db
    .updateTable('handles')
    .set({ until: sql<Date>`now() - interval '1 second'` })
    .where('handle', '=', handle)
    .execute();
const daysKept = async (handle: string) => {
  const { until } = await server.app.db
    .selectFrom('handles')
    .select('until')
    .where('handle', '=', handle)
    .executeTakeFirstOrThrow();
  return Math.round(((until as Date).getTime() - Date.now()) / 86_400_000);
};

describe('a handle', () => {
  it('follows the rules of a username and is unique whatever its case', async () => {
    const ada = await server.signUp();
    const handle = newHandle();
    expect((await createPage(ada, handle.toUpperCase())).body.handle).toBe(handle.toUpperCase());
    expect((await createPage(ada, handle)).body.code).toBe('HANDLE_TAKEN');
    for (const wrong of ['ab', 'a..b', '-abc', 'abc-', 'ä-b-c', 'a b c', 'x'.repeat(31), 'аdа'])
      expect((await createPage(ada, wrong)).body.errors[0].path).toBe('handle');
    const reserved = (await createPage(ada, 'Admin')).body;
    expect([reserved.code, reserved.errors[0]]).toEqual([
      'VALIDATION_FAILED',
      expect.objectContaining({ path: 'handle', code: 'reserved' }),
    ]);
  });

  it('is created at sign-up, spelled like the username, for a draft page', async () => {
    const person = newPerson();
    const ada = await server.signUp({ username: person.username.toUpperCase() });
    expect(await firstPageOf(ada)).toMatchObject({
      handle: ada.username,
      title: ada.username,
      url: `http://localhost:3000/@${ada.username}`,
      published: false,
    });
  });

  it('that someone else has blocks the same username at sign-up, and no account is created', async () => {
    const ada = await server.signUp();
    const person = newPerson();
    await createPage(ada, person.username);
    const { status, body } = await server.call('POST', '/api/register', { body: person });
    expect([status, body.code]).toEqual([409, 'USERNAME_TAKEN']);
    const { status: second } = await server.call('POST', '/api/register', {
      body: { ...person, username: `${person.username}x` },
    });
    expect(second).toBe(201);
  });

  it('stays when the username changes', async () => {
    const ada = await server.signUp();
    await server.as(ada, 'PATCH', '/api/me', { username: newHandle() });
    expect((await firstPageOf(ada)).handle).toBe(ada.username);
  });

  it('can be held at most sixty times by one user', async () => {
    const ada = await server.signUp();
    const { id } = await firstPageOf(ada);
    for (let n = 1; n < 60; n++) expect((await renamePage(ada, id, newHandle())).status).toBe(200);
    const { body } = await renamePage(ada, id, newHandle());
    expect(body.code).toBe('LIMIT_REACHED');
  });
});

describe('checking a handle', () => {
  it('tells why it is not available', async () => {
    const [ada, bob] = [await server.signUp(), await server.signUp()];
    const old = newHandle();
    const { id } = (await createPage(ada, old)).body;
    const next = newHandle();
    await renamePage(ada, id, next);
    expect(await checkHandle(newHandle())).toBe('available');
    expect(await checkHandle('a b')).toBe('invalid');
    expect(await checkHandle('favicon.ico')).toBe('reserved');
    expect(await checkHandle('ADMIN')).toBe('reserved');
    expect(await checkHandle(next.toUpperCase())).toBe('taken');
    expect(await checkHandle(next, ada)).toBe('taken');
    expect(await checkHandle(old)).toBe('held');
    expect(await checkHandle(old, bob)).toBe('held');
    expect(await checkHandle(old, ada)).toBe('available');
    await server.as(ada, 'DELETE', `/api/pages/${id}`);
    expect(await checkHandle(next)).toBe('held');
    expect(await checkHandle(next, ada)).toBe('available');
    await expireHandle(next);
    expect(await checkHandle(next)).toBe('available');
  });

  it('is rate-limited', async () => {
    const own = await startTestServer();
    for (let n = 0; n < 120; n++) await own.call('GET', '/api/handles/anything');
    const { status, headers } = await own.call('GET', '/api/handles/anything');
    await own.close();
    expect([status, Number(headers.get('retry-after'))]).toEqual([429, expect.any(Number)]);
  });
});

describe('a handle that was replaced', () => {
  it('leads to the page for 90 days, is refused to others, and can be taken back by its owner', async () => {
    const [ada, bob] = [await server.signUp(), await server.signUp()];
    const { id } = await firstPageOf(ada);
    const next = newHandle();
    expect((await renamePage(ada, id, next)).body).toMatchObject({ handle: next, id });
    expect(await daysKept(ada.username)).toBe(90);
    expect((await createPage(bob, ada.username)).body.code).toBe('HANDLE_TAKEN');
    expect((await renamePage(ada, id, ada.username)).body.handle).toBe(ada.username);
    expect((await createPage(bob, next)).body.code).toBe('HANDLE_TAKEN');
    await expireHandle(next);
    expect((await createPage(bob, next)).status).toBe(201);
    expect((await renamePage(ada, id, next)).body.code).toBe('HANDLE_TAKEN');
  });

  it('can move to another page of its owner', async () => {
    const ada = await server.signUp();
    const { id } = await firstPageOf(ada);
    await renamePage(ada, id, newHandle());
    expect((await createPage(ada, ada.username)).body.handle).toBe(ada.username);
  });

  it('may change its spelling without a hold', async () => {
    const ada = await server.signUp();
    const { id } = await firstPageOf(ada);
    expect((await renamePage(ada, id, ada.username.toUpperCase())).body.handle).toBe(
      ada.username.toUpperCase(),
    );
    const rows = await server.app.db
      .selectFrom('handles')
      .select('state')
      .where('page_id', '=', id)
      .execute();
    expect(rows).toEqual([{ state: 'active' }]);
  });
});

describe('the handle of a deleted page', () => {
  it('is held for its owner for 90 days, longer than the page is kept', async () => {
    const [ada, bob] = [await server.signUp(), await server.signUp()];
    const handle = newHandle();
    const { id } = (await createPage(ada, handle)).body;
    await server.as(ada, 'DELETE', `/api/pages/${id}`);
    expect(await daysKept(handle)).toBe(90);
    await server.app.db
      .updateTable('pages')
      .set({ deleted_at: sql<Date>`now() - interval '31 days'` })
      .where('id', '=', id)
      .execute();
    await deleteTrashedPages(server.app);
    expect(await server.app.db.selectFrom('pages').select('id').where('id', '=', id).execute()).toEqual([]);
    expect((await createPage(bob, handle)).body.code).toBe('HANDLE_TAKEN');
    expect((await createPage(ada, handle)).body.handle).toBe(handle);
  });

  it('is held together with the page’s earlier handles, and all of them are released in the end', async () => {
    const [ada, bob] = [await server.signUp(), await server.signUp()];
    const [first, second] = [newHandle(), newHandle()];
    const { id } = (await createPage(ada, first)).body;
    await renamePage(ada, id, second);
    await server.as(ada, 'DELETE', `/api/pages/${id}`);
    await server.app.db
      .updateTable('pages')
      .set({ deleted_at: sql<Date>`now() - interval '31 days'` })
      .where('id', '=', id)
      .execute();
    await deleteTrashedPages(server.app);
    for (const handle of [first, second]) {
      expect((await createPage(bob, handle)).body.code).toBe('HANDLE_TAKEN');
      await expireHandle(handle);
    }
    await deleteTrashedPages(server.app);
    const left = await server.app.db
      .selectFrom('handles')
      .select('handle')
      .where('handle', 'in', [first, second])
      .execute();
    expect(left).toEqual([]);
  });

  it('is held after the account is deleted, for a user who returns and verifies the same address', async () => {
    const [ada, bob] = [await server.signUp(), await server.signUp()];
    const handle = newHandle();
    await createPage(ada, handle);
    const first = await server.mailbox.waitFor(ada.email, 'Verify');
    const toAda = (mail: typeof first) =>
      mail.to === ada.email && mail.subject === first.subject && mail.messageId !== first.messageId;
    await server.post('/api/verify-email', { token: tokenIn(first) });
    await server.as(ada, 'DELETE', '/api/me', { password: PASSWORD });
    expect((await createPage(bob, handle)).body.code).toBe('HANDLE_TAKEN');
    expect((await createPage(bob, ada.username)).body.code).toBe('HANDLE_TAKEN');
    const stranger = { ...newPerson(), username: ada.username };
    expect((await server.call('POST', '/api/register', { body: stranger })).body.code).toBe('USERNAME_TAKEN');

    // With the right address, too: nobody has proved it yet.
    const early = { ...newPerson(), email: ada.email, username: ada.username };
    expect((await server.call('POST', '/api/register', { body: early })).body.code).toBe('USERNAME_TAKEN');
    const back = await server.signUp({ email: ada.email });
    const page = await firstPageOf(back);
    expect((await renamePage(back, page.id, ada.username)).body.code).toBe('HANDLE_TAKEN');
    expect(await checkHandle(handle, back)).toBe('held');
    const mail = await eventually(() => server.mailbox.received.find(toAda));
    expect((await server.call('POST', '/api/verify-email', { body: { token: tokenIn(mail) } })).status).toBe(
      200,
    );
    expect([await checkHandle(handle, back), await checkHandle(handle, bob)]).toEqual(['available', 'held']);
    expect((await renamePage(back, page.id, ada.username)).body.handle).toBe(ada.username);
    expect((await createPage(back, handle)).status).toBe(201);
  });
});

describe('under concurrent requests', () => {
  it('a handle wanted by 30 users goes to one of them', async () => {
    const people = await times(30, () => server.signUp());
    const handle = newHandle();
    const pages = await Promise.all(people.map(firstPageOf));
    const answers = await Promise.all(
      people.map((who, index) =>
        index % 2 ? createPage(who, handle) : renamePage(who, pages[index].id, handle.toUpperCase()),
      ),
    );
    expect(answers.filter(({ status }) => status < 300)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.code === 'HANDLE_TAKEN')).toHaveLength(29);
  });

  it('a handle wanted by 30 sign-ups and one page goes to one user', async () => {
    const ada = await server.signUp();
    const username = newHandle();
    const answers = await Promise.all([
      createPage(ada, username),
      ...Array.from({ length: 30 }, () =>
        server.call('POST', '/api/register', { body: { ...newPerson(), username } }),
      ),
    ]);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    for (const { status } of answers) expect([201, 409]).toContain(status);
  });

  it('two pages that keep swapping handles never fail because of each other', async () => {
    const ada = await server.signUp();
    const [a, b] = [newHandle(), newHandle()];
    const [one, two] = [(await createPage(ada, a)).body.id, (await createPage(ada, b)).body.id];
    for (let n = 0; n < 10; n++) {
      const [first, second] = await Promise.all([renamePage(ada, one, b), renamePage(ada, two, a)]);
      for (const { status } of [first, second]) expect([200, 409]).toContain(status);
      await Promise.all([renamePage(ada, one, a), renamePage(ada, two, b)]);
    }
    const active = await server.app.db
      .selectFrom('handles')
      .select('page_id')
      .where('page_id', 'in', [one, two])
      .where('state', '=', 'active')
      .execute();
    expect(new Set(active.map((row) => row.page_id))).toEqual(new Set([one, two]));
  });

  it('30 renames of one page leave it with one active handle', async () => {
    const ada = await server.signUp();
    const { id } = await firstPageOf(ada);
    const answers = await times(30, () => renamePage(ada, id, newHandle()));
    for (const { status } of answers) expect(status).toBe(200);
    const active = await server.app.db
      .selectFrom('handles')
      .select('handle')
      .where('page_id', '=', id)
      .where('state', '=', 'active')
      .execute();
    expect(active.map((row) => row.handle)).toEqual([(await firstPageOf(ada)).handle]);
  });
});
