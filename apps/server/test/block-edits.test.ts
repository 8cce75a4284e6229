import { deleteUnusedFiles } from '@linkgrove/api/jobs';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import {
  createEditor,
  createPicture,
  createTeam,
  newHandle,
  range,
  tally,
  times,
  uploadFile,
  useTestServer,
  useVerifiedPerson,
} from './kit/index.ts';

const server = useTestServer();
const ada = useVerifiedPerson(server);
const { ask, createPage, listTitles, see } = createEditor(server, ada);
const addHeading = async (id: string, title: string) =>
  (await ask('POST', `/api/pages/${id}/blocks`, { type: 'heading', title })).id as string;
const edit = (id: string, operations: object[], who = ada) =>
  server.as(who, 'POST', `/api/pages/${id}/blocks/edit`, { operations });
const titlesOf = ({ items }: { items: { title: string }[] }) => items.map(({ title }) => title);
async function addPicture(pageId: string) {
  const { body: file } = await uploadFile(server, ada, await createPicture(9, 9), { purpose: 'image' });
  const block = { type: 'image', data: { fileId: file.id, decorative: true } };
  return { fileId: file.id, id: (await ask('POST', `/api/pages/${pageId}/blocks`, block)).id as string };
}
async function expectOwnFile(fileId: string, { workspaceId, not }: { workspaceId: string; not: string }) {
  expect(fileId).not.toBe(not);
  expect(await ask('GET', `/api/files/${fileId}`)).toMatchObject({ workspaceId });
}

describe('an edit of many blocks', () => {
  it('creates, changes, deletes and orders them in one step', async () => {
    const { id, handle } = await createPage();
    const [one, two] = [await addHeading(id, 'one'), await addHeading(id, 'two')];
    const { status, body } = await edit(id, [
      { op: 'create', key: 'new', type: 'link', title: 'new', url: 'https://example.com/' },
      { op: 'update', id: two, title: 'deux' },
      { op: 'delete', id: one },
      { op: 'create', type: 'heading', title: 'last' },
      { op: 'order', ids: [] },
    ]);
    expect([status, body.code]).toEqual([400, 'VALIDATION_FAILED']);
    const right = await edit(id, [
      { op: 'create', key: 'new', type: 'link', title: 'new', url: 'https://example.com/' },
      { op: 'update', id: two, title: 'deux' },
      { op: 'delete', id: one },
      { op: 'order', ids: ['new', two] },
      { op: 'create', type: 'heading', title: 'last' },
    ]);
    expect([right.status, titlesOf(right.body)]).toEqual([200, ['new', 'deux', 'last']]);
    expect(right.body.created).toEqual([
      { operation: 0, key: 'new', id: right.body.items[0].id },
      { operation: 4, key: null, id: right.body.items[2].id },
    ]);
    expect(titlesOf({ items: (await see(handle)).blocks })).toEqual(['new', 'deux', 'last']);
    expect((await ask('GET', `/api/pages/${id}`)).blockCount).toBe(3);
  });

  it('does nothing if one operation fails, and names the operation and its member', async () => {
    const { id } = await createPage();
    const block = await addHeading(id, 'one');
    const other = await createPage();
    const foreign = await addHeading(other.id, 'foreign');
    const good = { op: 'update', id: block, title: 'changed' };
    const cases: [object, number, string, string][] = [
      [
        { op: 'create', type: 'link', title: 'x', url: 'javascript:1' },
        400,
        'VALIDATION_FAILED',
        'operations.1.url',
      ],
      [{ op: 'create', type: 'heading' }, 400, 'VALIDATION_FAILED', 'operations.1.title'],
      [{ op: 'update', id: block, version: 99 }, 412, 'PRECONDITION_FAILED', 'operations.1'],
      [{ op: 'update', id: foreign, title: 'x' }, 404, 'NOT_FOUND', 'operations.1'],
      [{ op: 'delete', id: foreign }, 404, 'NOT_FOUND', 'operations.1'],
      [{ op: 'order', ids: [block, foreign] }, 400, 'VALIDATION_FAILED', 'operations.1.ids'],
      [{ op: 'order', ids: ['unknown'] }, 400, 'VALIDATION_FAILED', 'operations.1.ids'],
      [
        { op: 'create', type: 'heading', title: 'x', wrong: 1 },
        400,
        'VALIDATION_FAILED',
        'operations.1.wrong',
      ],
      [{ op: 'other' }, 400, 'VALIDATION_FAILED', 'operations.1.op'],
    ];
    for (const [operation, status, code, path] of cases) {
      const answer = await edit(id, [good, operation]);
      expect([answer.status, answer.body.code, answer.body.errors?.[0].path]).toEqual([status, code, path]);
    }
    expect(await listTitles(id)).toEqual(['one']);
    expect(await listTitles(other.id)).toEqual(['foreign']);
  });

  it('fills a page to 200 blocks, and not beyond', async () => {
    const { id } = await createPage();
    const create = (n: number) => ({ op: 'create', type: 'heading', title: `${n}` });
    const many = await edit(id, range(201).map(create));
    expect([many.status, many.body.errors[0].path]).toEqual([422, 'operations.200']);
    expect((await edit(id, range(200).map(create))).status).toBe(200);
    expect(await listTitles(id)).toEqual(range(200).map(String));
  });

  it('is one change among thirty at once', async () => {
    const { id } = await createPage();
    const answers = await times(30, (n) =>
      edit(id, [
        { op: 'create', type: 'heading', title: `${n} a` },
        { op: 'create', type: 'heading', title: `${n} b` },
      ]),
    );
    expect(tally(answers)).toEqual({ 200: 30 });
    const titles = await listTitles(id);
    for (const n of range(30)) expect(titles.indexOf(`${n} b`)).toBe(titles.indexOf(`${n} a`) + 1);
  });
});

describe('a block that moves to another page', () => {
  const transfer = (id: string, pageId: string) =>
    server.as(ada, 'POST', `/api/blocks/${id}/transfer`, { pageId });

  it('keeps its ID and its links, and is the last block there', async () => {
    const [from, to] = [await createPage(), await createPage()];
    const body = { type: 'link', title: 'moved', url: 'https://example.com/' };
    const { id } = await ask('POST', `/api/pages/${from.id}/blocks`, body);
    await addHeading(to.id, 'first');
    expect((await transfer(id, to.id)).body).toMatchObject({ id, pageId: to.id, title: 'moved' });
    expect([await listTitles(from.id), await listTitles(to.id)]).toEqual([[], ['first', 'moved']]);
    expect((await server.get(`/go/${id}`)).status).toBe(302);
    expect((await ask('GET', `/api/pages/${from.id}`)).blockCount).toBe(0);
    expect((await transfer(id, to.id)).status).toBe(400);
    const bob = await server.signUp();
    const [foreign] = (await server.as(bob, 'GET', '/api/pages')).body.items;
    expect((await transfer(id, foreign.id)).status).toBe(404);
  });

  it('takes copies of its files along to another workspace', async () => {
    const workspaceId = await createTeam(server, { owner: ada });
    const [from, to] = [await createPage(), await createPage({ workspaceId })];
    const { id, fileId } = await addPicture(from.id);
    const moved = (await transfer(id, to.id)).body;
    expect(moved).toMatchObject({ id, pageId: to.id });
    await expectOwnFile(moved.data.fileId, { workspaceId, not: fileId });
    expect((await see(to.handle)).blocks).toMatchObject([{ id, type: 'image' }]);
  });

  it('stays where visitors see it by a publication, and goes along as a copy', async () => {
    const [from, to] = [await createPage(), await createPage()];
    const id = await addHeading(from.id, 'moved');
    await ask('PATCH', `/api/pages/${from.id}`, { publishing: 'manual' });
    const moved = (await transfer(id, to.id)).body;
    expect(moved.id).not.toBe(id);
    expect((await see(from.handle)).blocks).toMatchObject([{ id, title: 'moved' }]);
    expect((await see(to.handle)).blocks).toMatchObject([{ id: moved.id, title: 'moved' }]);
    await ask('POST', `/api/pages/${from.id}/publish`);
    expect((await see(from.handle)).blocks).toEqual([]);
  });

  it('is on one page after thirty moves and edits at once', async () => {
    const [from, to] = [await createPage(), await createPage()];
    const id = await addHeading(from.id, 'moved');
    await times(30, (n) =>
      n % 3 === 2
        ? server.as(ada, 'PATCH', `/api/blocks/${id}`, { title: `${n}` })
        : transfer(id, n % 3 === 0 ? to.id : from.id),
    );
    const { pageId } = await ask('GET', `/api/blocks/${id}`);
    const counts = [];
    for (const page of [from, to]) {
      const { blockCount } = await ask('GET', `/api/pages/${page.id}`);
      expect((await listTitles(page.id)).length).toBe(blockCount);
      counts.push([page.id === pageId, blockCount]);
    }
    expect(counts).toContainEqual([true, 1]);
    expect(counts).toContainEqual([false, 0]);
  });
});

describe('templates', () => {
  it('are six built-in ones, each of which makes a draft that can be published', async () => {
    const { items } = await ask('GET', '/api/templates');
    expect(items.map(({ id }: { id: string }) => id)).toEqual([
      'musician',
      'restaurant',
      'creator',
      'charity',
      'job-seeker',
      'shop',
    ]);
    for (const { id, blockCount } of items) {
      const handle = newHandle();
      const page = await ask('POST', `/api/templates/${id}/pages`, { handle });
      expect(page).toMatchObject({ handle, title: handle, published: false, blockCount });
      await ask('POST', `/api/pages/${page.id}/publish`);
      expect((await see(handle)).blocks.length).toBe(blockCount);
      expect((await server.get(`/@${handle}`)).status).toBe(200);
    }
  });

  it('copy the content of a page, which may change or go afterwards', async () => {
    const { id } = await createPage({ bio: 'Hello', theme: { preset: 'mono' } });
    const block = await addHeading(id, 'one');
    const template = await ask('POST', '/api/templates', { pageId: id, name: 'Mine' });
    expect(template).toMatchObject({
      name: 'Mine',
      description: null,
      blockCount: 1,
      workspaceId: ada.user.id,
    });
    await ask('DELETE', `/api/pages/${id}`);
    const handle = newHandle();
    const page = await ask('POST', `/api/templates/${template.id}/pages`, { handle });
    expect(page).toMatchObject({ bio: 'Hello', theme: { preset: 'mono' }, blockCount: 1, published: false });
    const { items } = await ask('GET', `/api/pages/${page.id}/blocks`);
    expect([items[0].title, items[0].id === block]).toEqual(['one', false]);
    const second = await ask('POST', `/api/templates/${template.id}/pages`, { handle: newHandle() });
    expect(second.blockCount).toBe(1);
    await ask('DELETE', `/api/templates/${template.id}`);
    expect((await ask('GET', '/api/templates')).items.length).toBe(6);
    expect((await server.as(ada, 'DELETE', '/api/templates/musician')).status).toBe(404);
  });

  it('keep their files, and bring copies of them to another workspace', async () => {
    const workspaceId = await createTeam(server, { owner: ada });
    const { id } = await createPage();
    const { fileId } = await addPicture(id);
    const template = await ask('POST', '/api/templates', { pageId: id, name: 'With a picture' });
    await sql`delete from blocks where page_id = ${id}`.execute(server.app.db);
    await deleteUnusedFiles(server.app);
    expect((await ask('GET', `/api/files/${fileId}`)).unusedSince).toBeNull();
    const path = `/api/templates/${template.id}/pages`;
    const page = await ask('POST', path, { handle: newHandle(), workspaceId });
    const { items } = await ask('GET', `/api/pages/${page.id}/blocks`);
    await expectOwnFile(items[0].data.fileId, { workspaceId, not: fileId });
  });
});
