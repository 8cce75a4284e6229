import { describe, expect, it } from 'vitest';
import {
  createTeam,
  newHandle,
  PASSWORD,
  type SignedUp,
  signUpVerified,
  tally,
  times,
  useTestServer,
} from './kit/index.ts';

const server = useTestServer();

const createPage = async (who: SignedUp, input: object = {}) =>
  (await server.as(who, 'POST', '/api/pages', { handle: newHandle(), published: true, ...input })).body;
const transfer = (who: SignedUp, id: string, workspaceId: string) =>
  server.as(who, 'POST', `/api/pages/${id}/transfer`, { workspaceId });
const duplicate = (who: SignedUp, id: string, handle = newHandle()) =>
  server.as(who, 'POST', `/api/pages/${id}/duplicate`, { handle });
const statusOf = async (handle: string) => (await server.get(`/api/public/pages/${handle}`)).status;

describe('a page that moves to another workspace', () => {
  it('takes its handle, redirects, blocks and id along, and stays public all the time', async () => {
    const [ada, bob] = [await signUpVerified(server), await signUpVerified(server)];
    const team = await createTeam(server, { owner: [ada, bob] });
    const first = newHandle();
    const { id } = await createPage(ada, { handle: first });
    const block = (await server.as(ada, 'POST', `/api/pages/${id}/blocks`, { type: 'heading', title: 'x' }))
      .body;
    const handle = newHandle();
    await server.as(ada, 'PATCH', `/api/pages/${id}`, { handle });
    expect((await server.as(bob, 'GET', `/api/pages/${id}`)).status).toBe(404);

    const moved = await transfer(ada, id, team);
    expect([moved.status, moved.body]).toMatchObject([200, { id, handle, workspaceId: team, blockCount: 1 }]);
    expect((await server.as(bob, 'GET', `/api/blocks/${block.id}`)).body).toEqual(block);
    expect(await statusOf(handle)).toBe(200);
    const old = await server.get(`/@${first}`);
    expect([old.status, old.headers.get('location')]).toEqual([301, expect.stringContaining(`/@${handle}`)]);
    const next = newHandle();
    expect((await server.as(bob, 'PATCH', `/api/pages/${id}`, { handle: next })).body.handle).toBe(next);
    expect((await createPage(ada, { handle })).code).toBe('HANDLE_TAKEN');
    expect((await createPage(bob, { handle: first, workspaceId: team })).handle).toBe(first);
  });

  it('can be taken back by nobody who was left behind', async () => {
    const [ada, bob] = [await signUpVerified(server), await signUpVerified(server)];
    const team = await createTeam(server, { owner: ada, editor: bob });
    const { id } = await createPage(bob, { workspaceId: team });
    expect((await transfer(bob, id, bob.user.id)).body.code).toBe('ROLE_REQUIRED');
    expect((await transfer(ada, id, ada.user.id)).status).toBe(200);
    for (const path of [`/api/pages/${id}`, `/api/pages/${id}/blocks`, `/api/pages/${id}/export`])
      expect((await server.as(bob, 'GET', path)).status).toBe(404);
  });

  it('needs a role that may create pages in the target, which strangers cannot tell from nothing', async () => {
    const [ada, bob] = [await signUpVerified(server), await signUpVerified(server)];
    const { id } = await createPage(ada);
    const [seen, unseen] = [
      await createTeam(server, { owner: bob, viewer: ada }),
      await createTeam(server, { owner: bob }),
    ];
    expect((await transfer(ada, id, seen)).body.code).toBe('ROLE_REQUIRED');
    expect((await transfer(ada, id, unseen)).body.code).toBe('NOT_FOUND');
    expect((await server.as(ada, 'GET', `/api/pages/${id}`)).body.workspaceId).toBe(ada.user.id);
  });

  it('loses its preview links', async () => {
    const ada = await signUpVerified(server);
    const team = await createTeam(server, { owner: ada });
    const { id } = await createPage(ada, { published: false });
    const { url } = (await server.as(ada, 'POST', `/api/pages/${id}/preview-link`)).body;
    const path = url.slice(new URL(url).origin.length);
    expect((await server.get(path)).status).toBe(200);
    await transfer(ada, id, team);
    expect((await server.get(path)).status).toBe(404);
  });

  it('finds one free place among thirty pages that want it at once', async () => {
    const ada = await signUpVerified(server);
    const team = await createTeam(server, { owner: ada });
    for (let n = 0; n < 19; n++) await createPage(ada, { workspaceId: team });
    const second = await createTeam(server, { owner: ada });
    const pages = [];
    for (let n = 0; n < 15; n++)
      pages.push(await createPage(ada), await createPage(ada, { workspaceId: second }));
    const answers = await Promise.all(pages.map(({ id }) => transfer(ada, id, team)));
    expect(tally(answers)).toEqual({ 200: 1, '422 LIMIT_REACHED': 29 });
  });

  it('never blocks another one that moves the other way', async () => {
    const ada = await signUpVerified(server);
    const team = await createTeam(server, { owner: ada });
    const [one, two] = [await createPage(ada), await createPage(ada, { workspaceId: team })];
    for (let n = 0; n < 10; n++) {
      const [here, there] = n % 2 ? [team, ada.user.id] : [ada.user.id, team];
      const answers = await Promise.all([transfer(ada, one.id, there), transfer(ada, two.id, here)]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    }
  });

  it('keeps the username of its former owner as its handle, which then belongs to the team', async () => {
    const [ada, bob] = [await signUpVerified(server), await signUpVerified(server)];
    const team = await createTeam(server, { owner: [ada, bob] });
    const first = (await server.as(ada, 'GET', '/api/pages')).body.items[0];
    await transfer(ada, first.id, team);
    const away = newHandle();
    await server.as(bob, 'PATCH', `/api/pages/${first.id}`, { handle: away });
    const back = await server.as(bob, 'PATCH', `/api/pages/${first.id}`, { handle: ada.username });
    expect(back.body.handle).toBe(ada.username);
    expect((await createPage(ada, { handle: ada.username })).code).toBe('HANDLE_TAKEN');
  });
});

describe('a page of a team', () => {
  it.each(['removed', 'demoted', 'gone'])(
    'loses the preview links of a member who is %s, and no others',
    async (fate) => {
      const [ada, bob] = [await signUpVerified(server), await signUpVerified(server)];
      const team = await createTeam(server, { owner: ada, editor: bob });
      const { id } = await createPage(ada, { workspaceId: team, published: false });
      const createPreview = async (who: SignedUp) => {
        const { url } = (await server.as(who, 'POST', `/api/pages/${id}/preview-link`)).body;
        return String(url).slice(new URL(url).origin.length);
      };
      const [kept, lost] = [await createPreview(ada), await createPreview(bob)];
      expect((await server.get(lost)).status).toBe(200);
      const member = `/api/workspaces/${team}/members/${bob.user.id}`;
      if (fate === 'removed') await server.as(ada, 'DELETE', member);
      else if (fate === 'demoted') await server.as(ada, 'PATCH', member, { role: 'viewer' });
      else await server.as(bob, 'DELETE', '/api/me', { password: PASSWORD });
      expect((await server.get(lost)).status).toBe(404);
      expect((await server.get(kept)).status).toBe(200);
    },
  );
});

describe('a workspace', () => {
  it('has 20 pages at most, whatever its members have elsewhere', async () => {
    const [ada, bob] = [await signUpVerified(server), await signUpVerified(server)];
    const team = await createTeam(server, { owner: ada, editor: bob });
    const answers = await times(30, (index) =>
      server.as(index % 2 ? ada : bob, 'POST', '/api/pages', { workspaceId: team, handle: newHandle() }),
    );
    expect(tally(answers)).toEqual({ 201: 20, '422 LIMIT_REACHED': 10 });
    for (const who of [ada, bob]) expect((await createPage(who)).workspaceId).toBe(who.user.id);
  });

  it('keeps the handle of a deleted page for its members', async () => {
    const [ada, bob, eve] = [
      await signUpVerified(server),
      await signUpVerified(server),
      await signUpVerified(server),
    ];
    const team = await createTeam(server, { owner: ada, editor: bob });
    const { id, handle } = await createPage(bob, { workspaceId: team });
    await server.as(bob, 'DELETE', `/api/pages/${id}`);
    for (const who of [bob, eve]) expect((await createPage(who, { handle })).code).toBe('HANDLE_TAKEN');
    expect((await server.as(ada, 'POST', `/api/pages/${id}/restore`)).body.handle).toBe(handle);
  });

  it('receives an imported page', async () => {
    const [ada, bob] = [await signUpVerified(server), await signUpVerified(server)];
    const team = await createTeam(server, { owner: ada, viewer: bob });
    const { id } = await createPage(ada);
    const content = JSON.stringify((await server.as(ada, 'GET', `/api/pages/${id}/export`)).body);
    const file = { content, handle: newHandle(), workspaceId: team };
    expect((await server.as(ada, 'POST', '/api/page-imports', file)).body.page.workspaceId).toBe(team);
    expect((await server.as(bob, 'POST', '/api/page-imports', file)).body.code).toBe('ROLE_REQUIRED');
  });
});

describe('a copy of a page', () => {
  it('is made while the page is renamed, without blocking either', async () => {
    const ada = await signUpVerified(server);
    const { id } = await createPage(ada);
    const rename = () => server.as(ada, 'PATCH', `/api/pages/${id}`, { handle: newHandle() });
    const answers = await times(12, (index) => (index % 2 ? rename() : duplicate(ada, id)));
    expect(tally(answers)).toEqual({ 200: 6, 201: 6 });
  });

  it('is a draft with the same content in the same workspace', async () => {
    const [ada, bob] = [await signUpVerified(server), await signUpVerified(server)];
    const team = await createTeam(server, { owner: ada, editor: bob });
    const page = await createPage(ada, { workspaceId: team, title: 'One', bio: 'Two', language: 'de' });
    const add = async (title: string) =>
      (await server.as(ada, 'POST', `/api/pages/${page.id}/blocks`, { type: 'heading', title })).body;
    const [first, second] = [await add('first'), await add('second')];
    await server.as(ada, 'DELETE', `/api/blocks/${(await add('third')).id}`);
    const handle = newHandle();
    const { status, body } = await duplicate(bob, page.id, handle);
    expect([status, body]).toMatchObject([
      201,
      {
        handle,
        workspaceId: team,
        title: 'One',
        bio: 'Two',
        language: 'de',
        published: false,
        blockCount: 2,
      },
    ]);
    expect(body.id).not.toBe(page.id);
    const { items } = (await server.as(bob, 'GET', `/api/pages/${body.id}/blocks`)).body;
    expect(items.map(({ title }: { title: string }) => title)).toEqual([first.title, second.title]);
    expect((await duplicate(ada, page.id, handle)).body.code).toBe('HANDLE_TAKEN');
  });
});
