import { deleteUnusedFiles, deleteUnusedObjects } from '@linkgrove/api/jobs';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import {
  createPdf,
  createPicture,
  createTeam,
  PASSWORD,
  uploadFile,
  usePerson,
  useTestServer,
} from './kit/index.ts';

const server = useTestServer();
const ada = usePerson(server);

const upload = async (colour: number, who = ada) => {
  const picture = await createPicture(9, 9, { colour: { r: colour * 40, g: 1, b: 1 } });
  return (await uploadFile(server, who, picture, { purpose: 'image' })).body;
};
const isServed = async (url: string) =>
  (await fetch(url.replace('http://localhost:3000', server.url))).status === 200;
const passHour = () =>
  sql`update stored_objects set touched_at = touched_at - interval '2 hours'`.execute(server.app.db);
const passMonth = () =>
  sql`update files set unused_since = unused_since - interval '31 days'`.execute(server.app.db);
const exists = async (id: string) => (await server.as(ada, 'GET', `/api/files/${id}`)).status === 200;

it('the bytes of a deleted file are gone an hour later, those of others stay', async () => {
  const [deleted, kept] = [await upload(1), await upload(2)];
  await server.as(ada, 'DELETE', `/api/files/${deleted.id}`);
  await deleteUnusedObjects(server.app);
  expect(await isServed(deleted.url)).toBe(true);
  await passHour();
  await deleteUnusedObjects(server.app);
  expect([await isServed(deleted.url), await isServed(kept.url)]).toEqual([false, true]);
});

it('content that is being deleted can be uploaded again, and stays', async () => {
  const first = await upload(3);
  await server.as(ada, 'DELETE', `/api/files/${first.id}`);
  await passHour();
  // A worker has marked the objects and was interrupted.
  await sql`update stored_objects set deleting_at = now() - interval '20 minutes'
    where not exists (select from file_variants where object_key = key)`.execute(server.app.db);
  const second = await upload(3);
  expect(second.url).not.toBe(first.url);
  await deleteUnusedObjects(server.app);
  expect([await isServed(first.url), await isServed(second.url)]).toEqual([false, true]);
});

it('a file that nothing used for 30 days is deleted, and one that came back into use is not', async () => {
  const file = await upload(4);
  await deleteUnusedFiles(server.app);
  const marked = await server.as(ada, 'GET', `/api/files/${file.id}`);
  expect(marked.body.unusedSince).not.toBeNull();
  await deleteUnusedFiles(server.app);
  expect(await exists(file.id)).toBe(true);
  await passMonth();
  await deleteUnusedFiles(server.app);
  expect(await exists(file.id)).toBe(false);
});

it('a file in a block, in its trash or by its URL in a page is in use', async () => {
  const [inBlock, inTrash, asAvatar] = [await upload(4), await upload(5), await upload(6)];
  const [{ id: pageId }] = (await server.as(ada, 'GET', '/api/pages')).body.items;
  const addBlock = async (fileId: string) => {
    const block = { type: 'image', data: { fileId, decorative: true } };
    return (await server.as(ada, 'POST', `/api/pages/${pageId}/blocks`, block)).body.id;
  };
  await addBlock(inBlock.id);
  await server.as(ada, 'DELETE', `/api/blocks/${await addBlock(inTrash.id)}`);
  const avatarUrl = asAvatar.url.replace('http://localhost:3000', 'https://files.example.net');
  expect((await server.as(ada, 'PATCH', `/api/pages/${pageId}`, { avatarUrl })).status).toBe(200);
  await deleteUnusedFiles(server.app);
  await passMonth();
  await deleteUnusedFiles(server.app);
  for (const { id } of [inBlock, inTrash, asAvatar]) expect(await exists(id)).toBe(true);
  const refused = await server.as(ada, 'DELETE', `/api/files/${inBlock.id}`);
  expect([refused.status, refused.body.code]).toEqual([409, 'CONFLICT']);
  expect(refused.body.detail).toContain(`@${ada.username}`);
});

it('with an account go its files and their bytes', async () => {
  const bob = await server.signUp();
  const file = await upload(0, bob);
  const { body: data } = await server.as(bob, 'GET', '/api/me/export');
  expect(data.files.map(({ id }: { id: string }) => id)).toEqual([file.id]);
  expect((await server.as(bob, 'DELETE', '/api/me', { password: PASSWORD })).status).toBe(204);
  await passHour();
  await deleteUnusedObjects(server.app);
  expect(await isServed(file.url)).toBe(false);
  const { rows } = await sql`select from files where id = ${file.id}`.execute(server.app.db);
  expect(rows).toEqual([]);
});

it('the export of an account holds the files of its teams too', async () => {
  const team = await createTeam(server, { owner: ada });
  const members = { purpose: 'file', workspaceId: team };
  const { body: file } = await uploadFile(server, ada, createPdf(), members);
  const { body } = await server.as(ada, 'GET', '/api/me/export');
  expect(body.files.map(({ id }: { id: string }) => id)).toContain(file.id);
});
