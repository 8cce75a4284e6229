import { hasPublishedPage } from '@linkgrove/api/testing';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { deleteTrashedPages } from '@linkgrove/api/jobs';
import { newHandle, PASSWORD, type SignedUp, times, useTestServer } from './kit/index.ts';

const server = useTestServer();

const createPage = (who: SignedUp, body: object = {}) =>
  server.as(who, 'POST', '/api/pages', { handle: newHandle(), ...body });
const pagesOf = async (who: SignedUp, query = '') =>
  (await server.as(who, 'GET', `/api/pages${query}`)).body.items;

const DEFAULT_THEME = {
  preset: 'default',
  font: null,
  colorScheme: 'auto',
  colors: { text: null, accent: null, button: null, buttonText: null },
  background: null,
  buttonShape: null,
  buttonStyle: null,
  buttonHover: null,
  avatarShape: null,
  avatarSize: null,
  headerLayout: null,
  entrance: null,
  cover: null,
  customCss: null,
};

describe('a page', () => {
  it('is created with the given values and the defaults for the rest', async () => {
    const ada = await server.signUp();
    const handle = newHandle();
    const made = await server.as(ada, 'POST', '/api/pages', { handle });
    expect([made.status, made.body]).toEqual([
      201,
      {
        workspaceId: ada.user.id,
        id: expect.any(String),
        handle,
        url: `http://localhost:3000/@${handle}`,
        title: handle,
        bio: null,
        avatarUrl: null,
        avatarFileId: null,
        language: 'en',
        theme: DEFAULT_THEME,
        seo: { title: null, description: null, noindex: false, kind: null },
        madeWith: false,
        published: false,
        publishing: 'immediate',
        hasUnpublishedChanges: false,
        locked: false,
        verified: false,
        takedown: null,
        blockCount: 0,
        version: 1,
        createdAt: expect.stringMatching(/Z$/),
        updatedAt: expect.stringMatching(/Z$/),
        deletedAt: null,
      },
    ]);
    expect((await server.as(ada, 'GET', `/api/pages/${made.body.id}`)).body).toEqual(made.body);
    expect(await pagesOf(ada)).toMatchObject([{ handle: ada.username }, { handle }]);
  });

  it('stores a title, a multi-line bio, an avatar, a theme and SEO settings', async () => {
    const ada = await server.signUp();
    const content = {
      title: 'Ada Lovelace 🦊',
      bio: 'Mathematician\nand poet',
      avatarUrl: 'https://example.com/ada.jpg',
      theme: {
        preset: 'midnight',
        font: 'serif',
        colorScheme: 'dark',
        colors: { text: '#ffffff', accent: '#aabbcc', button: null, buttonText: null },
        background: { type: 'gradient', from: '#000000', to: '#112233', angle: 45 },
        buttonShape: 'pill',
        buttonStyle: 'outline',
      },
      seo: { title: 'Ada', description: 'Of engines', noindex: true },
      published: true,
    };
    const { body } = await createPage(ada, content);
    expect(body).toMatchObject(content);
    expect(body.version).toBe(1);
  });

  it('has a language, a BCP 47 tag in its canonical form', async () => {
    const ada = await server.signUp();
    const { body } = await createPage(ada, { language: 'pt-br' });
    expect(body.language).toBe('pt-BR');
    const change = (language: string) => server.as(ada, 'PATCH', `/api/pages/${body.id}`, { language });
    expect((await change('zh-hant-tw')).body.language).toBe('zh-Hant-TW');
    for (const tag of ['', 'x', 'no tag', 'en_US', 'english', `en-${'abcdefgh-'.repeat(8)}x`])
      expect([tag, (await change(tag)).body.errors?.[0].path]).toEqual([tag, 'language']);
  });

  it('has the language of the first page of its owner if none is given', async () => {
    const ada = await server.signUp();
    const [first] = await pagesOf(ada);
    await server.as(ada, 'PATCH', `/api/pages/${first.id}`, { language: 'he' });
    expect((await createPage(ada)).body.language).toBe('he');
    expect((await createPage(ada, { language: 'en' })).body.language).toBe('en');
  });

  it('changes only in the given members', async () => {
    const ada = await server.signUp();
    const { id } = (await createPage(ada, { bio: 'Bio', theme: { font: 'serif' }, seo: { noindex: true } }))
      .body;
    const { body } = await server.as(ada, 'PATCH', `/api/pages/${id}`, {
      title: 'New',
      theme: { preset: 'paper', background: { type: 'solid', color: '#ABCDEF' } },
      seo: { title: 'Found' },
    });
    expect(body).toMatchObject({
      title: 'New',
      bio: 'Bio',
      theme: {
        ...DEFAULT_THEME,
        preset: 'paper',
        font: 'serif',
        background: { type: 'solid', color: '#abcdef' },
      },
      seo: { title: 'Found', description: null, noindex: true },
      version: 2,
    });
    const cleared = await server.as(ada, 'PATCH', `/api/pages/${id}`, { bio: null, theme: { font: null } });
    expect(cleared.body).toMatchObject({ bio: null, theme: { preset: 'paper', font: null }, version: 3 });
  });

  it.each([
    ['title', { title: '' }],
    ['title', { title: 'x'.repeat(129) }],
    ['title', { title: 'two\nlines' }],
    ['title', { title: null }],
    ['bio', { bio: 'x'.repeat(257) }],
    ['bio', { bio: 'a\u202eb' }],
    ['avatarUrl', { avatarUrl: 'javascript:alert(1)' }],
    ['avatarUrl', { avatarUrl: 'data:image/svg+xml,<svg/>' }],
    ['theme.preset', { theme: { preset: 'url(x)' } }],
    ['theme.font', { theme: { font: 'Comic Sans; color: red' } }],
    ['theme.colors.text', { theme: { colors: { text: 'red' } } }],
    ['theme.colors.text', { theme: { colors: { text: '#fff;}' } } }],
    ['theme.background.color', { theme: { background: { type: 'solid', color: 'url(//x)' } } }],
    ['theme.background.type', { theme: { background: { type: 'image', url: 'https://x' } } }],
    [
      'theme.background.angle',
      { theme: { background: { type: 'gradient', from: '#000000', to: '#000000', angle: 360 } } },
    ],
    ['theme.css', { theme: { css: 'body{}' } }],
    ['theme.buttonShape', { theme: { buttonShape: '50%' } }],
    ['theme.entrance', { theme: { entrance: 'spin 1s' } }],
    [
      'theme.background.pattern',
      { theme: { background: { type: 'pattern', pattern: 'url(x)', color: '#000000', ink: '#ffffff' } } },
    ],
    ['seo.noindex', { seo: { noindex: 'yes' } }],
    ['seo.image', { seo: { image: 'x' } }],
    ['published', { published: 'true' }],
    ['userId', { userId: 'x' }],
    ['slot', { slot: 3 }],
    ['version', { version: 'x' }],
  ])('is refused with an invalid %s: %j', async (path, body) => {
    const ada = await server.signUp();
    const [{ id }] = await pagesOf(ada);
    const { status, body: problem } = await server.as(ada, 'PATCH', `/api/pages/${id}`, body);
    expect([status, problem.errors?.map((row: { path: string }) => row.path)]).toEqual([400, [path]]);
  });

  it('is invisible to other users', async () => {
    const [ada, eve] = [await server.signUp(), await server.signUp()];
    const { id } = (await createPage(ada)).body;
    const acts = [
      ['GET', ''],
      ['PATCH', '', { title: 'Eve' }],
      ['DELETE', ''],
      ['POST', '/restore', {}],
      ['POST', '/preview-link', {}],
      ['DELETE', '/preview-link'],
      ['GET', '/export'],
      ['GET', '/blocks'],
      ['POST', '/blocks', { type: 'heading', title: 'Eve' }],
      ['PUT', '/blocks/order', { ids: [] }],
    ] as const;
    for (const [method, path, body] of acts)
      expect((await server.as(eve, method, `/api/pages/${id}${path}`, body)).status).toBe(404);
    expect((await server.as(ada, 'GET', `/api/pages/${id}`)).body).toMatchObject({
      title: expect.not.stringMatching('Eve'),
    });
  });

  it('is limited to twenty per user, even when many are created at once', async () => {
    const ada = await server.signUp();
    const answers = await times(30, () => createPage(ada));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(19);
    expect(answers.filter(({ body }) => body.code === 'LIMIT_REACHED')).toHaveLength(11);
    const pages = await pagesOf(ada, '?limit=100');
    expect(pages).toHaveLength(20);
    expect(pages.map(({ id }: { id: string }) => id)).toEqual(
      pages.map(({ id }: { id: string }) => id).toSorted(),
    );
    const first = (await server.as(ada, 'GET', '/api/pages?limit=15')).body;
    const rest = (await server.as(ada, 'GET', `/api/pages?limit=15&cursor=${first.nextCursor}`)).body;
    expect([...first.items, ...rest.items]).toEqual(pages);
    expect(rest.nextCursor).toBeNull();
    expect((await server.as(ada, 'DELETE', `/api/pages/${pages[7].id}`)).status).toBe(204);
    expect((await createPage(ada)).status).toBe(201);
    expect((await server.as(ada, 'POST', `/api/pages/${pages[7].id}/restore`)).body.code).toBe(
      'LIMIT_REACHED',
    );
  });
});

describe('the version of a page', () => {
  const patchTitle = (who: SignedUp, id: string, title: string, tag: string) =>
    server.as(who, 'PATCH', `/api/pages/${id}`, { title }, { 'if-match': tag });

  it('is its ETag, and a change made for another version is refused', async () => {
    const ada = await server.signUp();
    const { id } = (await createPage(ada)).body;
    const read = await server.as(ada, 'GET', `/api/pages/${id}`);
    expect(read.headers.get('etag')).toBe('"1"');
    const changed = await patchTitle(ada, id, 'One', '"1"');
    expect([changed.status, changed.headers.get('etag')]).toEqual([200, '"2"']);
    const late = await patchTitle(ada, id, 'Two', '"1"');
    expect([late.status, late.body.code]).toEqual([412, 'PRECONDITION_FAILED']);
    expect((await server.as(ada, 'PATCH', `/api/pages/${id}`, { title: 'Two', version: 1 })).status).toBe(
      412,
    );
    expect(
      (await server.as(ada, 'DELETE', `/api/pages/${id}`, undefined, { 'if-match': '"1"' })).status,
    ).toBe(412);
    expect((await server.as(ada, 'GET', `/api/pages/${id}`)).body.title).toBe('One');
    expect((await patchTitle(ada, id, 'Three', 'W/"2"')).status).toBe(200);
    expect((await patchTitle(ada, id, 'Four', '"9", "3"')).status).toBe(200);
    expect((await patchTitle(ada, id, 'Five', '*')).status).toBe(200);
    expect((await server.as(ada, 'PATCH', `/api/pages/${id}`, { title: 'Six', version: 5 })).status).toBe(
      200,
    );
    for (const tag of ['', '5', '"x"']) expect((await patchTitle(ada, id, 'Seven', tag)).status).toBe(412);
  });

  it('is documented in the OpenAPI document', async () => {
    const { paths } = (await server.call('GET', '/openapi.json')).body;
    for (const path of ['/api/pages/{id}', '/api/blocks/{id}']) {
      const { get, patch } = paths[path];
      expect(get.responses['200'].headers.ETag).toBeDefined();
      expect(patch.parameters).toContainEqual(expect.objectContaining({ name: 'If-Match', in: 'header' }));
      expect(patch.responses['412'].$ref).toBe('#/components/responses/PreconditionFailed');
    }
  });

  it('accepts one of 30 parallel changes made for it', async () => {
    const ada = await server.signUp();
    const { id } = (await createPage(ada)).body;
    const answers = await times(30, (index) => patchTitle(ada, id, `Title ${index}`, '"1"'));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(29);
  });
});

describe('a page in the trash', () => {
  const age = (id: string, days: number) =>
    server.app.db
      .updateTable('pages')
      .set({ deleted_at: sql<Date>`now() - make_interval(days => ${days})` })
      .where('id', '=', id)
      .execute();

  it('is hidden, and is restored unchanged with its blocks', async () => {
    const ada = await server.signUp();
    const { id } = (await createPage(ada, { title: 'Keep', published: true })).body;
    await server.as(ada, 'POST', `/api/pages/${id}/blocks`, { type: 'heading', title: 'Hello' });
    const before = (await server.as(ada, 'GET', `/api/pages/${id}`)).body;
    expect((await server.as(ada, 'DELETE', `/api/pages/${id}`)).status).toBe(204);
    expect((await server.as(ada, 'DELETE', `/api/pages/${id}`)).status).toBe(404);
    expect((await server.as(ada, 'GET', `/api/pages/${id}`)).status).toBe(404);
    expect((await server.as(ada, 'GET', `/api/pages/${id}/blocks`)).status).toBe(404);
    expect(await pagesOf(ada)).toHaveLength(1);
    expect(await pagesOf(ada, '?deleted=true')).toMatchObject([{ id, deletedAt: expect.any(String) }]);
    const restored = (await server.as(ada, 'POST', `/api/pages/${id}/restore`)).body;
    expect(restored).toEqual({ ...before, version: 3, updatedAt: restored.updatedAt });
    expect((await server.as(ada, 'GET', `/api/pages/${id}/blocks`)).body.items).toMatchObject([
      { title: 'Hello' },
    ]);
    expect((await server.as(ada, 'POST', `/api/pages/${id}/restore`)).status).toBe(404);
  });

  it('is restored under another handle when a new page has taken the old one', async () => {
    const ada = await server.signUp();
    const { id, handle } = (await createPage(ada)).body;
    await server.as(ada, 'DELETE', `/api/pages/${id}`);
    await createPage(ada, { handle });
    expect((await server.as(ada, 'POST', `/api/pages/${id}/restore`)).body.code).toBe('HANDLE_TAKEN');
    const other = newHandle();
    expect((await server.as(ada, 'POST', `/api/pages/${id}/restore`, { handle: other })).body.handle).toBe(
      other,
    );
  });

  it('is kept for 30 days', async () => {
    const ada = await server.signUp();
    const [kept, spent] = [(await createPage(ada)).body.id, (await createPage(ada)).body.id];
    for (const id of [kept, spent]) await server.as(ada, 'DELETE', `/api/pages/${id}`);
    await age(kept, 29);
    await age(spent, 31);
    expect(await pagesOf(ada, '?deleted=true')).toMatchObject([{ id: kept }]);
    expect((await server.as(ada, 'POST', `/api/pages/${spent}/restore`)).status).toBe(404);
    await deleteTrashedPages(server.app);
    const left = await server.app.db
      .selectFrom('pages')
      .select('id')
      .where('id', 'in', [kept, spent])
      .execute();
    expect(left).toEqual([{ id: kept }]);
    expect((await server.as(ada, 'POST', `/api/pages/${kept}/restore`)).status).toBe(200);
  });

  it('is restored once when 30 requests try at once', async () => {
    const ada = await server.signUp();
    const { id } = (await createPage(ada)).body;
    await server.as(ada, 'DELETE', `/api/pages/${id}`);
    const answers = await times(30, () => server.as(ada, 'POST', `/api/pages/${id}/restore`));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 404)).toHaveLength(29);
    expect((await pagesOf(ada)).length).toBe(2);
  });
});

describe('an account with pages', () => {
  it('takes its pages and blocks along when it is deleted, including pages created at that moment', async () => {
    const ada = await server.signUp();
    const [{ id }] = await pagesOf(ada);
    await server.as(ada, 'POST', `/api/pages/${id}/blocks`, { type: 'heading', title: 'Hello' });
    const answers = await Promise.all([
      server.as(ada, 'DELETE', '/api/me', { password: PASSWORD }),
      ...Array.from({ length: 10 }, () => createPage(ada)),
    ]);
    expect(answers[0]?.status).toBe(204);
    const { db } = server.app;
    const pages = await db.selectFrom('pages').select('id').where('user_id', '=', ada.user.id).execute();
    const blocks = await db.selectFrom('blocks').select('id').where('page_id', '=', id).execute();
    const handles = await db
      .selectFrom('handles')
      .select('state')
      .where('workspace_id', '=', ada.user.id)
      .execute();
    expect([pages, blocks, handles]).toEqual([[], [], []]);
  });

  it('has all of them in its export, including the trash', async () => {
    const [ada, bob] = [await server.signUp(), await server.signUp()];
    const { id } = (await createPage(ada, { title: 'Gone' })).body;
    const [first] = await pagesOf(ada);
    const block = (
      await server.as(ada, 'POST', `/api/pages/${first.id}/blocks`, { type: 'heading', title: 'A' })
    ).body;
    const gone = (
      await server.as(ada, 'POST', `/api/pages/${first.id}/blocks`, { type: 'heading', title: 'B' })
    ).body;
    await server.as(ada, 'DELETE', `/api/blocks/${gone.id}`);
    await server.as(ada, 'DELETE', `/api/pages/${id}`);
    const { body } = await server.as(ada, 'GET', '/api/me/export');
    expect(body.pages).toMatchObject([
      { id: first.id, blocks: [block, { id: gone.id, deletedAt: expect.any(String) }] },
      { id, title: 'Gone', deletedAt: expect.any(String), blocks: [] },
    ]);
    expect(body.handles.map(({ state }: { state: string }) => state).toSorted()).toEqual(['active', 'held']);
    expect(JSON.stringify(body)).not.toContain(bob.username);
  });
});

it('hasPublishedPage tells whether a user has a published page', async () => {
  const ada = await server.signUp();
  const [{ id }] = await pagesOf(ada);
  const has = () => hasPublishedPage(server.app, ada.user.id);
  expect(await has()).toBe(false);
  await server.as(ada, 'PATCH', `/api/pages/${id}`, { published: true });
  expect(await has()).toBe(true);
  await server.as(ada, 'DELETE', `/api/pages/${id}`);
  expect(await has()).toBe(false);
});

it('a change invalidates the cached page under every handle that leads to it', async () => {
  const ada = await server.signUp();
  const [{ id }] = await pagesOf(ada);
  const { db, cache } = server.app;
  const kept = cache<{ n: number }>('public-pages');
  let loads = 0;
  const load = async () => ({ n: (loads += 1) });
  const isForgottenAfter = async (act: () => Promise<unknown>, handle = ada.username) => {
    const { n } = await kept.get(handle, load);
    await act();
    return (await kept.get(handle, load)).n !== n;
  };
  const block = await server.as(ada, 'POST', `/api/pages/${id}/blocks`, { type: 'heading', title: 'A' });
  const blockPath = `/api/blocks/${block.body.id}`;
  const next = newHandle();
  const acts: (() => Promise<unknown>)[] = [
    () => server.as(ada, 'PATCH', `/api/pages/${id}`, { title: 'New' }),
    () => server.as(ada, 'PATCH', blockPath, { title: 'New' }),
    () => server.as(ada, 'POST', `/api/pages/${id}/blocks`, { type: 'heading', title: 'B' }),
    () => server.as(ada, 'POST', `${blockPath}/move`, { after: null }),
    () => server.as(ada, 'DELETE', blockPath),
    () => server.as(ada, 'POST', `${blockPath}/restore`),
    () => server.as(ada, 'PATCH', `/api/pages/${id}`, { handle: next }),
  ];
  for (const act of acts) expect(await isForgottenAfter(act)).toBe(true);
  expect(await isForgottenAfter(() => server.as(ada, 'PATCH', `/api/pages/${id}`, { bio: 'Hi' }), next)).toBe(
    true,
  );
  const admin = await server.signUp();
  await db.updateTable('users').set({ role: 'admin' }).where('id', '=', admin.user.id).execute();
  const suspend = () => server.suspendUser(admin, ada);
  const restore = () => server.restoreUser(admin, ada);
  for (const act of [suspend, restore]) expect(await isForgottenAfter(act, next)).toBe(true);
  const login = await server.login(ada.email);
  const leave = () =>
    server.call('DELETE', '/api/me', { token: login.body.accessToken, body: { password: PASSWORD } });
  expect(await isForgottenAfter(leave, next)).toBe(true);
});
