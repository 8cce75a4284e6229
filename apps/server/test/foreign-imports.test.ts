import { expect, it } from 'vitest';
import {
  createPicture,
  createTeam,
  newHandle,
  type SignedUp,
  storeKey,
  usePerson,
  useTestServer,
} from './kit/index.ts';

const server = useTestServer();
const ada = usePerson(server);

type Who = Pick<SignedUp, 'token'>;
const importFile = (content: unknown, more: object = { handle: newHandle('import') }, who: Who = ada) =>
  server.as(who, 'POST', '/api/page-imports', {
    content: typeof content === 'string' ? content : JSON.stringify(content),
    ...more,
  });
const toDataUrl = async (format: 'png' | 'webp' = 'png') =>
  `data:image/${format};base64,${(await createPicture(64, 64, { format })).toString('base64')}`;

const buildLinktree = async () => ({
  account: { username: 'ada', pageTitle: 'Ada', profilePictureUrl: await toDataUrl() },
  links: [
    { id: 1, type: 'CLASSIC', title: 'Site', url: 'https://a.example', thumbnail: await toDataUrl('webp') },
    {
      id: 2,
      type: 'CLASSIC',
      title: 'Odd',
      url: 'https://b.example',
      thumbnail: 'data:image/svg+xml;base64,PHN2Zy8+',
    },
    { id: 3, type: 'CLASSIC', title: 'Evil', url: 'javascript:alert(1)', thumbnail: await toDataUrl() },
  ],
});

it('pictures of a file become files of the workspace, and what fails is reported', async () => {
  const content = JSON.stringify(await buildLinktree());
  const preview = await server.as(ada, 'POST', '/api/page-imports/preview', { content });
  expect(preview.body).toMatchObject({ format: 'linktree', pictures: 3, skipped: [{ title: 'Evil' }] });
  expect((await server.as(ada, 'GET', '/api/files')).body.items).toEqual([]);

  const workspaceId = await createTeam(server, { owner: ada });
  const { status, body } = await importFile(content, { handle: newHandle('import'), workspaceId });
  expect([status, body.pictures, body.imported]).toEqual([200, 2, [{ type: 'link', count: 2 }]]);
  expect(body.skipped).toEqual([
    { title: 'Evil', reason: expect.stringContaining('javascript:') },
    { title: 'Odd', reason: expect.stringContaining('Send a picture') },
  ]);
  const files = (await server.as(ada, 'GET', `/api/files?workspaceId=${workspaceId}`)).body.items;
  expect(files).toMatchObject([{ purpose: 'thumbnail' }, { purpose: 'avatar' }]);
  expect(body.page.avatarUrl).toBe(files[1].url);
  const { items } = (await server.as(ada, 'GET', `/api/pages/${body.page.id}/blocks`)).body;
  expect(items).toMatchObject([{ thumbnailUrl: files[0].url }, { thumbnailUrl: null }]);
});

it('an import that fails leaves no file behind', async () => {
  const before = (await server.as(ada, 'GET', '/api/files')).body.items;
  const { body } = await importFile(await buildLinktree(), { handle: ada.username });
  expect(body.code).toBe('HANDLE_TAKEN');
  expect((await server.as(ada, 'GET', '/api/files')).body.items).toEqual(before);
});

it('an API key without the scope for files imports everything else', async () => {
  const key = await storeKey(server, ada, { scopes: ['pages:read', 'pages:write'] });
  const { status, body } = await importFile(await buildLinktree(), undefined, key);
  expect([status, body.pictures, body.page.avatarUrl]).toEqual([200, 0, null]);
  expect(body.skipped).toContainEqual({ title: 'Avatar', reason: expect.stringContaining('files:write') });
});

it('nobody imports pictures into a page or workspace of others', async () => {
  const eve = await server.signUp();
  const pageId = (await server.as(ada, 'GET', '/api/pages')).body.items[0].id;
  for (const more of [{ pageId }, { handle: newHandle('import'), workspaceId: ada.user.id }])
    expect((await importFile(await buildLinktree(), more, eve)).status).toBe(404);
});

it.each([
  ['csv', 'hello'],
  ['bookmarks', 'https://a.example'],
  ['linktree', '<html></html>'],
  ['text', '{}'],
])('a file that is not of the given format %s is refused', async (format, content) => {
  const { status, body } = await importFile(content, { format, handle: newHandle('import') });
  expect([status, body.errors[0].path]).toEqual([400, 'content']);
});

it('a file of another format than the given one is refused, naming it', async () => {
  const { body } = await importFile(await buildLinktree(), {
    format: 'linkstack',
    handle: newHandle('import'),
  });
  expect(body.errors).toMatchObject([{ path: 'format', message: expect.stringContaining('linktree') }]);
});
