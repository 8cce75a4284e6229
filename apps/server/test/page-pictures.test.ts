import { beforeAll, describe, expect, it } from 'vitest';
import {
  createMp4,
  createPicture,
  createTeam,
  newHandle,
  uploadFile,
  usePerson,
  useTestServer,
} from './kit/index.ts';

const server = useTestServer();
const ada = usePerson(server);
let files: Record<'face' | 'thumbnail' | 'wide' | 'video', { id: string; url: string }>;
beforeAll(async () => {
  const upload = async (bytes: Uint8Array, members: Record<string, string>) =>
    (await uploadFile(server, ada, bytes, members)).body;
  files = {
    face: await upload(await createPicture(600, 600), { purpose: 'avatar' }),
    thumbnail: await upload(await createPicture(400, 400), { purpose: 'thumbnail' }),
    wide: await upload(await createPicture(900, 300), { purpose: 'background', focus: '0.5,0.25' }),
    video: await upload(createMp4(), { purpose: 'video' }),
  };
});

const change = (id: string, members: object) => server.as(ada, 'PATCH', `/api/pages/${id}`, members);
async function createPage(members: object = {}) {
  const handle = newHandle();
  const { body } = await server.as(ada, 'POST', '/api/pages', { handle, published: true, ...members });
  return body as { id: string; handle: string };
}
const readPage = async (handle: string) => (await server.get(`/api/public/pages/${handle}`)).body;
async function readHtml(handle: string) {
  const response = await fetch(`${server.url}/@${handle}`);
  return { html: await response.text(), policy: response.headers.get('content-security-policy') ?? '' };
}
const dark = { scrim: 'dark', strength: 60 } as const;

describe('an uploaded picture', () => {
  it('as an avatar has several sizes, its width and its height', async () => {
    const { handle, id } = await createPage({ avatarFileId: files.face.id });
    expect(await readPage(handle)).toMatchObject({
      avatarUrl: files.face.url,
      avatar: { width: 512, height: 512, alt: null },
    });
    const { html, policy } = await readHtml(handle);
    expect(html).toMatch(/<img class="face"[^>]* srcset="[^"]+ 128w,[^"]+ 256w,[^"]+ 512w" sizes="8\.5rem"/);
    expect(html).toContain('width="512" height="512"');
    expect(policy).toContain('img-src data: http://localhost:3000/files/;');
    await change(id, { theme: { headerLayout: 'hero' } });
    expect((await readHtml(handle)).html).toMatch(/<div class="hero"><picture>/);
  });

  it('replaces an address, which replaces it, and both at once are refused', async () => {
    const { id } = await createPage({ avatarUrl: 'https://img.example/a.png' });
    expect((await change(id, { avatarFileId: files.face.id })).body).toMatchObject({
      avatarUrl: null,
      avatarFileId: files.face.id,
    });
    expect((await change(id, { avatarUrl: 'https://img.example/b.png' })).body).toMatchObject({
      avatarUrl: 'https://img.example/b.png',
      avatarFileId: null,
    });
    const both = { avatarUrl: 'https://img.example/b.png', avatarFileId: files.face.id };
    expect((await change(id, both)).body.errors).toMatchObject([{ path: 'avatarFileId' }]);
  });

  it('as a thumbnail has several sizes', async () => {
    const { handle, id } = await createPage();
    const link = { type: 'link', url: 'https://example.com/', thumbnailFileId: files.thumbnail.id };
    const { status, body } = await server.as(ada, 'POST', `/api/pages/${id}/blocks`, link);
    expect([status, body.thumbnailFileId]).toEqual([201, files.thumbnail.id]);
    expect((await readPage(handle)).blocks[0]).toMatchObject({
      thumbnailUrl: files.thumbnail.url,
      thumbnail: { width: 384 },
    });
    const { html, policy } = await readHtml(handle);
    expect(html).toMatch(/srcset="[^"]+ 96w,[^"]+ 192w,[^"]+ 384w" sizes="44px"/);
    expect(policy).not.toContain('https:');
    const wrong = await server.as(ada, 'PATCH', `/api/blocks/${body.id}`, {
      thumbnailFileId: files.video.id,
    });
    expect(wrong.body.errors).toMatchObject([{ path: 'thumbnailFileId', code: 'wrong_kind' }]);
  });

  it('as a background is covered so far that text can be read on it', async () => {
    const background = { type: 'picture', fileId: files.wide.id, ...dark };
    const { handle, id } = await createPage({ theme: { background } });
    const { html, policy } = await readHtml(handle);
    expect(html).toMatch(/<div class="backdrop" aria-hidden="true"><picture>/);
    expect(html).toContain('--scrim:rgb(0 0 0/60%)');
    expect(html).toContain('.backdrop img{object-position:50% 25%}');
    expect(policy).toContain('img-src data: http://localhost:3000/files/;');
    for (const members of [{ strength: 54 }, { url: 'https://img.example/x.png' }, { fileId: null }])
      expect((await change(id, { theme: { background: { ...background, ...members } } })).status).toBe(400);
  });

  it('is the cover of a banner', async () => {
    const cover = { url: 'https://img.example/wide.jpg' };
    const { handle } = await createPage({ theme: { headerLayout: 'banner', cover } });
    const { html, policy } = await readHtml(handle);
    expect(html).toContain('<div class="banner"><img src="https://img.example/wide.jpg" alt=""></div>');
    expect(policy).toContain('img-src data: https:;');
  });
});

it('a background video is silent, has a poster, and stops for visitors who want no motion or press a switch', async () => {
  const background = { type: 'video', fileId: files.video.id, posterFileId: files.wide.id, ...dark };
  const { handle } = await createPage({ theme: { background } });
  const { html, policy } = await readHtml(handle);
  expect(html).toMatch(
    /<picture>.*<\/picture><video autoplay muted loop playsinline [^>]*><source [^>]*media="\(prefers-reduced-motion:no-preference\)">/,
  );
  expect(html).toContain('@media(prefers-reduced-motion:reduce){.backdrop video{display:none}}');
  expect(html).toContain('<input type="checkbox">Stop the background video</label>');
  expect(policy).toContain('media-src http://localhost:3000/files/;');
});

describe('the pictures of a page', () => {
  const theme = () => ({ background: { type: 'picture', fileId: files.wide.id, url: null, ...dark } });

  it('must be files of its workspace', async () => {
    const eve = await server.signUp();
    const [{ id }] = (await server.as(eve, 'GET', '/api/pages')).body.items;
    const answer = await server.as(eve, 'PATCH', `/api/pages/${id}`, {
      avatarFileId: files.face.id,
      theme: theme(),
    });
    expect(answer.body.errors.map(({ path }: { path: string }) => path)).toEqual([
      'avatarFileId',
      'theme.background.fileId',
    ]);
    const { id: own } = await createPage({ avatarFileId: files.face.id, theme: theme() });
    const content = JSON.stringify((await server.as(ada, 'GET', `/api/pages/${own}/export`)).body);
    const imported = await server.as(eve, 'POST', '/api/page-imports', { pageId: id, content });
    expect(imported.body).toMatchObject({
      page: { avatarFileId: null, theme: { background: null } },
      skipped: [{ title: 'avatarFileId' }, { title: 'theme.background.fileId' }],
    });
  });

  it('are in versions, copies and exports, and are kept from deletion', async () => {
    const { id } = await createPage({ avatarFileId: files.face.id, theme: theme() });
    const published = await server.as(ada, 'POST', `/api/pages/${id}/publish`, {});
    await change(id, { avatarFileId: null, theme: { background: null } });
    await server.as(ada, 'POST', `/api/pages/${id}/versions/${published.body.publishedVersion.id}/restore`);
    const restored = (await server.as(ada, 'GET', `/api/pages/${id}`)).body;
    expect(restored).toMatchObject({ avatarFileId: files.face.id, theme: theme() });
    const copy = await server.as(ada, 'POST', `/api/pages/${id}/duplicate`, { handle: newHandle() });
    expect(copy.body).toMatchObject({ avatarFileId: files.face.id, theme: theme() });
    expect((await server.as(ada, 'DELETE', `/api/files/${files.face.id}`)).status).toBe(409);
  });

  it('go along to another workspace as copies', async () => {
    const { id, handle } = await createPage({ avatarFileId: files.face.id, theme: theme() });
    const team = await createTeam(server, { owner: ada });
    const moved = await server.as(ada, 'POST', `/api/pages/${id}/transfer`, { workspaceId: team });
    expect(moved.body.avatarFileId).not.toBe(files.face.id);
    expect(await readPage(handle)).toMatchObject({
      avatarUrl: files.face.url,
      backdrop: { url: files.wide.url },
    });
  });
});
