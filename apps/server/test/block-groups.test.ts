import { describe, expect, it } from 'vitest';
import { newHandle, usePerson, useTestServer } from './kit/index.ts';

const server = useTestServer();
const ada = usePerson(server);

type Made = { handle: string; page: string; group: string; one: string; two: string };
/** A published page with a group of the link `one`, and the link `two` outside. */
async function makePage(): Promise<Made> {
  const handle = newHandle('groups');
  const { body } = await server.as(ada, 'POST', '/api/pages', { handle, published: true });
  const page = `/api/pages/${body.id}`;
  const add = async (block: object) => (await server.as(ada, 'POST', `${page}/blocks`, block)).body.id;
  const group = await add({ type: 'group', title: 'Shop', data: { layout: 'grid', collapsible: true } });
  const one = await add({ type: 'link', title: 'One', url: 'https://example.com/1', parentId: group });
  const two = await add({ type: 'link', title: 'Two', url: 'https://example.com/2' });
  return { handle, page, group, one, two };
}
const shown = async ({ handle }: Made) =>
  (await server.get(`/api/public/pages/${handle}`)).body.blocks.map(
    ({ title, parentId }: { title: string; parentId: string | null }) => [title, parentId],
  );
const change = (id: string, body: object) => server.as(ada, 'PATCH', `/api/blocks/${id}`, body);
const go = async (id: string) => (await server.get(`/go/${id}`)).status;

describe('a group', () => {
  it('shows its blocks inside, folded without a script', async () => {
    const made = await makePage();
    expect(await shown(made)).toEqual([
      ['Shop', null],
      ['One', made.group],
      ['Two', null],
    ]);
    const { body: html } = await server.get(`/@${made.handle}`);
    expect(html).toMatch(/<details class="group" open><summary><h2[^>]*>Shop<\/h2>.*One.*<\/details>.*Two/);
    expect(html).toContain('<ul class="blocks tiles">');
    expect(await go(made.one)).toBe(302);
  });

  it.each([{ enabled: false }, { startsAt: '2099-01-01T00:00:00Z' }])(
    'that visitors cannot see (%j) hides its blocks, also from links to them',
    async (hidden) => {
      const made = await makePage();
      await change(made.group, hidden);
      expect(await shown(made)).toEqual([['Two', null]]);
      expect(await go(made.one)).toBe(404);
    },
  );

  it('with a gate asks before its blocks are seen or followed', async () => {
    const made = await makePage();
    await change(made.group, { gate: '18+' });
    expect(await shown(made)).toEqual([
      ['Shop', null],
      ['Two', null],
    ]);
    expect(await go(made.one)).toBe(200);
    const gate: string = (await server.get(`/go/${made.group}`)).body;
    const confirm = /href="(\?confirm=[^"]+)"/.exec(gate)?.[1] ?? '';
    const opened = await server.get(`/go/${made.group}${confirm.replaceAll('&#38;', '&')}`);
    expect(opened.body).toContain('https://example.com/1');
  });

  it('takes blocks in and lets them out, in order, in one write', async () => {
    const made = await makePage();
    const { group, one, two, page } = made;
    expect(
      await server.as(ada, 'POST', `/api/blocks/${two}/move`, { after: group, parentId: group }),
    ).toMatchObject({
      status: 200,
      body: { parentId: group },
    });
    expect(await shown(made)).toEqual([
      ['Shop', null],
      ['Two', group],
      ['One', group],
    ]);
    const order = { ids: [one, group, two], parents: { [one]: null } };
    expect(await server.as(ada, 'PUT', `${page}/blocks/order`, order)).toMatchObject({ status: 200 });
    expect(await shown(made)).toEqual([
      ['One', null],
      ['Shop', null],
      ['Two', group],
    ]);
    expect(await change(two, { parentId: null })).toMatchObject({ body: { parentId: null } });
  });

  it('is one level deep, and on the page of its blocks', async () => {
    const [made, other] = [await makePage(), await makePage()];
    const refusal = { status: 400, body: { errors: [{ path: 'parentId' }] } };
    const add = (parentId: string) =>
      server.as(ada, 'POST', `${made.page}/blocks`, { type: 'group', title: 'Inner', parentId });
    expect(await add(made.group)).toMatchObject(refusal);
    expect(await change(made.group, { parentId: made.group })).toMatchObject(refusal);
    expect(await change(made.one, { parentId: other.group })).toMatchObject(refusal);
    expect(await change(made.one, { parentId: made.two })).toMatchObject(refusal);
    const parents = { [other.one]: made.group };
    expect(
      await server.as(ada, 'PUT', `${made.page}/blocks/order`, {
        ids: [made.group, made.one, made.two],
        parents,
      }),
    ).toMatchObject({ status: 400 });
  });

  it('leaves its blocks on the page when it is deleted', async () => {
    const made = await makePage();
    await server.as(ada, 'DELETE', `/api/blocks/${made.group}`);
    expect(await shown(made)).toEqual([
      ['One', null],
      ['Two', null],
    ]);
  });

  it('keeps its blocks through export and import', async () => {
    const made = await makePage();
    const file = (await server.as(ada, 'GET', `${made.page}/export`)).body;
    expect(file.blocks.map(({ group }: { group: number | null }) => group)).toEqual([null, 0, null]);
    const handle = newHandle('groups');
    const content = JSON.stringify(file);
    const { body } = await server.as(ada, 'POST', '/api/page-imports', { handle, content });
    expect((await server.as(ada, 'GET', `/api/pages/${body.page.id}/export`)).body.blocks).toEqual(
      file.blocks,
    );
    file.blocks[1].group = 2;
    const refused = await server.as(ada, 'POST', '/api/page-imports', {
      handle,
      content: JSON.stringify(file),
    });
    expect(refused).toMatchObject({ status: 400, body: { errors: [{ path: 'content.blocks.1.group' }] } });
  });

  it('counts clicks on its blocks as on any other', async () => {
    const made = await makePage();
    await server.get(`/go/${made.one}`, {
      headers: { 'user-agent': 'Mozilla/5.0 (X11; Linux) Firefox/130.0' },
    });
    await expect
      .poll(async () => (await server.as(ada, 'GET', `${made.page}/analytics`)).body.blocks)
      .toMatchObject([{ id: made.one, title: 'One' }]);
  });
});

describe('a page', () => {
  it('has a new version with each change of its blocks, which PUT order can ask for', async () => {
    const { page, one, two, group } = await makePage();
    const { body } = await server.as(ada, 'GET', page);
    const put = (ids: string[], version: number) =>
      server.as(ada, 'PUT', `${page}/blocks/order`, { ids }, { 'if-match': `"${version}"` });
    const first = await put([two, one, group], body.version);
    expect([first.status, first.headers.get('etag')]).toEqual([200, `"${body.version + 1}"`]);
    expect(await put([one, two, group], body.version)).toMatchObject({
      status: 412,
      body: { code: 'PRECONDITION_FAILED', currentVersion: body.version + 1 },
    });
  });

  it('gets a restored block back where it was', async () => {
    const made = await makePage();
    await server.as(ada, 'DELETE', `/api/blocks/${made.one}`);
    expect(await server.as(ada, 'POST', `/api/blocks/${made.one}/restore`)).toMatchObject({
      body: { parentId: made.group },
    });
    expect((await shown(made)).map(([title]: [string]) => title)).toEqual(['Shop', 'One', 'Two']);
  });

  it('can be previewed as of another time', async () => {
    const { page, one } = await makePage();
    await change(one, { startsAt: '2030-06-01T00:00:00Z' });
    const { body } = await server.as(ada, 'POST', `${page}/preview-link`);
    const { pathname, search } = new URL(body.url);
    const titlesAt = async (at: string) =>
      (await server.get(`${pathname}${search}${at}`)).body.includes('>One<');
    expect(await titlesAt('')).toBe(false);
    expect(await titlesAt('&at=2030-05-31T23:59:59Z')).toBe(false);
    expect(await titlesAt('&at=2030-06-01T00:00:00Z')).toBe(true);
  });
});
