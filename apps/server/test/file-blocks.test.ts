import { beforeAll, describe, expect, it } from 'vitest';
import {
  BROWSER,
  createMp4,
  createPdf,
  createPicture,
  createTeam,
  createWav,
  newHandle,
  uploadFile,
  usePerson,
  useTestServer,
} from './kit/index.ts';

const server = useTestServer();
const ada = usePerson(server);
let pageId: string;
let files: Record<'picture' | 'described' | 'video' | 'audio' | 'document', { id: string; url: string }>;
beforeAll(async () => {
  [{ id: pageId }] = (await server.as(ada, 'GET', '/api/pages')).body.items;
  await server.as(ada, 'PATCH', `/api/pages/${pageId}`, { published: true });
  const upload = async (bytes: Uint8Array, members: Record<string, string>, name = 'x') =>
    (await uploadFile(server, ada, bytes, members, { name })).body;
  files = {
    picture: await upload(await createPicture(700, 400), { purpose: 'image', focus: '0.25,0.5' }),
    described: await upload(await createPicture(40, 40), { purpose: 'image', alt: 'A red square' }),
    video: await upload(createMp4(), { purpose: 'video' }),
    audio: await upload(createWav(), { purpose: 'audio' }, 'Episode 1.wav'),
    document: await upload(createPdf(), { purpose: 'file' }, 'Menu.pdf'),
  };
});

const addBlock = (block: object, page = pageId) => server.as(ada, 'POST', `/api/pages/${page}/blocks`, block);
const readPage = async (handle = ada.username) => (await server.get(`/api/public/pages/${handle}`)).body;
const readHtml = async (handle = ada.username) => {
  const response = await fetch(`${server.url}/@${handle}`);
  return { html: await response.text(), policy: response.headers.get('content-security-policy') ?? '' };
};
/** A page of its own with the block. */
async function publish(block: object) {
  const handle = newHandle();
  const { body: page } = await server.as(ada, 'POST', '/api/pages', { handle, published: true });
  const answer = await addBlock(block, page.id);
  expect([answer.status, answer.body.errors]).toEqual([201, undefined]);
  return { ...(await readHtml(handle)), block: (await readPage(handle)).blocks[0], page, handle };
}

describe('a block that shows a file', () => {
  it('as an image has all sizes of the picture, its own size and its description', async () => {
    const data = { fileId: files.picture.id, alt: 'A plane' };
    const { html, policy, block } = await publish({ type: 'image', data });
    expect(block).toMatchObject({
      url: files.picture.url,
      data: { alt: 'A plane', picture: { width: 700, height: 400, focus: { x: 0.25, y: 0.5 } } },
    });
    expect(html).toMatch(/<picture><source type="image\/avif" srcset="[^"]+ 320w,[^"]+ 640w,[^"]+ 700w"/);
    expect(html).toContain('width="700" height="400" alt="A plane"');
    expect(html).toContain('object-position:25% 50%');
    expect(policy).toContain('img-src data: http://localhost:3000/files/;');
  });

  it('takes the description of the file, or is decorative', async () => {
    const { html } = await publish({ type: 'image', data: { fileId: files.described.id } });
    expect(html).toContain('alt="A red square"');
    const decorative = await publish({
      type: 'image',
      data: { fileId: files.described.id, decorative: true },
    });
    expect(decorative.html).toContain('alt=""');
  });

  it('as a gallery opens its pictures without a script', async () => {
    const items = [
      { fileId: files.picture.id, alt: 'A plane', caption: '<b>One</b>' },
      { fileId: files.described.id },
    ];
    const { html, policy, block } = await publish({ type: 'gallery', title: 'Pictures', data: { items } });
    expect(block.data.items.map(({ picture }: { picture: { alt: string } }) => picture.alt)).toEqual([
      'A plane',
      'A red square',
    ]);
    const [, box = ''] = /href="#(g-[\w-]+-0)"/.exec(html) ?? [];
    expect(html).toContain(`id="${box}"`);
    expect(html).toContain('.box:target{display:grid}');
    expect(html).toMatch(/class="box".*?<source type="image\/avif" srcset="[^", ]+ 640w,[^", ]+ 700w"/s);
    expect(html).toContain('&#60;b&#62;One&#60;/b&#62;');
    expect(html).not.toMatch(/<script(?! type="application\/ld\+json")/);
    expect(policy).toContain("default-src 'none'");
  });

  it.each([
    ['video', 'video', '<video controls', 'media-src http://localhost:3000/files/'],
    ['audio', 'audio', '<audio controls', 'media-src http://localhost:3000/files/'],
  ] as const)('as %s plays it, from where files are and nowhere else', async (type, file, tag, rule) => {
    const { html, policy, block } = await publish({
      type,
      title: 'Listen',
      data: { fileId: files[file].id },
    });
    expect(block.data.file.url).toBe(files[file].url);
    expect(html).toContain(tag);
    expect(policy).toContain(rule);
    expect(policy).not.toContain('https:');
  });

  it('as a download tells what it is', async () => {
    const { html, block } = await publish({ type: 'file', data: { fileId: files.document.id } });
    expect(html).toContain(`href="/go/${block.id}"`);
    expect(html).toMatch(/Menu\.pdf.*PDF · 0\.\d kB/s);
    const described = { fileId: files.document.id, description: 'Of the spring' };
    expect((await publish({ type: 'file', data: described })).html).toMatch(/Of the spring\u{a0}· PDF/u);
  });

  it('is counted where a file is opened, or a picture of a gallery in its full size', async () => {
    const file = await publish({ type: 'file', data: { fileId: files.document.id } });
    const items = [{ fileId: files.picture.id, alt: 'A plane' }, { fileId: files.described.id }];
    const gallery = await publish({ type: 'gallery', data: { items } });
    expect(gallery.block.data.items[1].href).toMatch(new RegExp(`/go/${gallery.block.id}\\?to=1$`));
    for (const [path, url] of [
      [`/go/${file.block.id}`, files.document.url],
      [`/go/${gallery.block.id}?to=1`, files.described.url],
    ]) {
      const { status, headers } = await server.get(path ?? '', { headers: { 'user-agent': BROWSER } });
      expect([status, headers.get('location')]).toEqual([302, url]);
    }
    expect((await server.get(`/go/${gallery.block.id}?to=2`)).status).toBe(404);
    for (const { page } of [file, gallery])
      await expect
        .poll(async () => (await server.as(ada, 'GET', `/api/pages/${page.id}/analytics`)).body.totals.clicks)
        .toBe(1);
  });

  it('behind a gate says nothing of it before', async () => {
    const { block } = await publish({
      type: 'audio',
      title: 'Mature',
      gate: '18+',
      data: { fileId: files.audio.id },
    });
    expect(block).toMatchObject({ url: null, data: null });
  });
});

describe('a block is refused', () => {
  it.each([
    ['with a file that does not exist', { fileId: '01900000-0000-7000-8000-000000000000' }, 'data.fileId'],
    ['without a file', {}, 'data.fileId'],
  ])('%s', async (_, data, path) => {
    const { status, body } = await addBlock({ type: 'file', data });
    expect([status, body.errors?.[0]?.path]).toEqual([400, path]);
  });

  it('with a file of the wrong kind, and a picture without a description', async () => {
    const wrong = await addBlock({ type: 'video', title: 'x', data: { fileId: files.audio.id } });
    expect(wrong.body.errors).toEqual([
      { path: 'data.fileId', message: 'Choose a video (MP4 or WebM)', code: 'wrong_kind' },
    ]);
    const silent = await addBlock({ type: 'image', data: { fileId: files.picture.id } });
    expect(silent.body.errors).toMatchObject([{ path: 'data.alt', code: 'required' }]);
    const inGallery = await addBlock({ type: 'gallery', data: { items: [{ fileId: files.picture.id }] } });
    expect(inGallery.body.errors).toMatchObject([{ path: 'data.items.0.alt', code: 'required' }]);
  });

  it('with an image that has both a file and a URL, or neither', async () => {
    const both = { type: 'image', url: 'https://example.com/a.png', data: { fileId: files.described.id } };
    expect((await addBlock(both)).body.errors).toMatchObject([{ path: 'url' }]);
    expect((await addBlock({ type: 'image' })).body.errors).toMatchObject([
      { path: 'url', code: 'required' },
    ]);
  });

  it('with a file of another workspace, at creation, change and import', async () => {
    const eve = await server.signUp();
    const [{ id: evesPage }] = (await server.as(eve, 'GET', '/api/pages')).body.items;
    const stolen = { type: 'file', data: { fileId: files.document.id } };
    const made = await server.as(eve, 'POST', `/api/pages/${evesPage}/blocks`, stolen);
    expect([made.status, made.body.errors[0].code]).toEqual([400, 'unknown_file']);
    const exported = (await server.as(ada, 'GET', `/api/pages/${pageId}/export`)).body;
    const content = JSON.stringify({ ...exported, blocks: [{ ...stolen, title: 'Stolen' }] });
    const imported = await server.as(eve, 'POST', '/api/page-imports', { pageId: evesPage, content });
    expect(imported.body.skipped).toMatchObject([{ title: 'Stolen' }]);
    expect(imported.body.page.blockCount).toBe(0);
  });
});

it('an export and its import give the same page', async () => {
  const handle = newHandle();
  const { body: page } = await server.as(ada, 'POST', '/api/pages', { handle });
  for (const block of [
    { type: 'image', data: { fileId: files.described.id, link: 'https://example.com/' } },
    { type: 'gallery', data: { items: [{ fileId: files.picture.id, alt: 'A', caption: 'B' }] } },
    { type: 'video', title: 'V', data: { fileId: files.video.id, posterFileId: files.picture.id } },
    { type: 'audio', title: 'A', data: { fileId: files.audio.id } },
    { type: 'file', data: { fileId: files.document.id, description: 'All' } },
  ])
    expect((await addBlock(block, page.id)).status).toBe(201);
  const { body: exported } = await server.as(ada, 'GET', `/api/pages/${page.id}/export`);
  const content = JSON.stringify(exported);
  const { body } = await server.as(ada, 'POST', '/api/page-imports', { handle: newHandle(), content });
  const { body: again } = await server.as(ada, 'GET', `/api/pages/${body.page.id}/export`);
  expect(again.blocks).toEqual(exported.blocks);
});

it('a page that moves to another workspace takes copies of its files along', async () => {
  const { page, handle } = await publish({ type: 'file', data: { fileId: files.document.id } });
  const team = await createTeam(server, { owner: ada });
  const moved = await server.as(ada, 'POST', `/api/pages/${page.id}/transfer`, { workspaceId: team });
  expect(moved.status).toBe(200);
  const { items } = (await server.as(ada, 'GET', `/api/files?workspaceId=${team}`)).body;
  expect(items.map(({ url }: { url: string }) => url)).toEqual([files.document.url]);
  expect((await readPage(handle)).blocks[0].data.file.url).toBe(files.document.url);
  expect((await server.as(ada, 'GET', `/api/files/${files.document.id}`)).status).toBe(200);
});
