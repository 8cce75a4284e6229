import { endpoints } from '@linkgrove/api';
import { expect, it } from 'vitest';
import document from '../../../openapi.json' with { type: 'json' };
import { createMp4, createPdf, createPicture, createWav, uploadFile, useTestServer } from './kit/index.ts';

type Media = { example?: unknown; examples?: Record<string, { value: unknown }> };
type Operation = { requestBody?: { content: { 'application/json'?: Media; 'multipart/form-data'?: Media } } };

const server = useTestServer({ worker: true, env: { RATE_LIMIT_FORGOT: '20/1h' } });

function readMedia(method: string, path: string): Media {
  const paths = document.paths as Record<string, Record<string, Operation>>;
  return paths[path]?.[method.toLowerCase()]?.requestBody?.content['application/json'] ?? {};
}

/** The body that the document shows for an operation; one of several by its `title`. */
function readExample(method: string, path: string, title?: string): unknown {
  const { example, examples } = readMedia(method, path);
  return title === undefined ? example : examples?.[title]?.value;
}

/** A file that a block of the type can show, as examples cannot know one. */
async function uploadFor(title: string, token: string): Promise<string | undefined> {
  const upload = async (file: Uint8Array, purpose: string) =>
    (await uploadFile(server, { token }, file, { purpose })).body.id as string;
  if (title === 'gallery') return upload(await createPicture(), 'image');
  if (title === 'video') return upload(createMp4(), 'video');
  if (title === 'audio') return upload(createWav(), 'audio');
  return title === 'file' ? upload(createPdf(), 'file') : undefined;
}
const useFile = (example: unknown, file: string | undefined): unknown =>
  file === undefined
    ? example
    : JSON.parse(JSON.stringify(example).replaceAll(/"fileId":"[^"]+"/g, `"fileId":"${file}"`));

it('a new server accepts every example of a user in order, and answers as described', async () => {
  let token = '';
  const send = async (
    name: string,
    options: {
      values?: Record<string, string>;
      title?: string;
      members?: object;
      file?: string | undefined;
    } = {},
  ) => {
    const endpoint = endpoints.find((one) => one.name === name);
    if (!endpoint) throw new Error(`Unknown operation ${name}`);
    const { method, path, success = 200 } = endpoint.rest;
    const example = useFile(readExample(method, path, options.title), options.file);
    const body = options.members ? { ...(example as object), ...options.members } : example;
    const answer = await server.call(
      method,
      path.replace(/\{(\w+)\}/g, (_match, key: string) => options.values?.[key] ?? ''),
      { token, body },
    );
    expect([name, answer.status, answer.body]).toEqual([name, success, answer.body]);
    return answer.body;
  };

  // The main job.
  const { user } = await send('auth.register');
  token = (await send('auth.login')).accessToken;
  const mailed = await server.readMailedToken(user.email, 'Verify');
  await send('auth.verificationDetails', { members: { token: mailed } });
  await send('auth.verifyEmail', { members: { token: mailed } });
  const [{ id }] = (await send('pages.list')).items;
  const created: { id: string }[] = [];
  for (const title of Object.keys(readMedia('POST', '/api/pages/{id}/blocks').examples ?? {}))
    created.push(await send('blocks.create', { values: { id }, title, file: await uploadFor(title, token) }));
  await send('pages.update', { values: { id }, title: 'profile' });
  await send('pages.update', { values: { id }, title: 'publish' });
  const { blocks } = await send('publicPages.get', { values: { handle: 'ada' } });
  expect(blocks).toHaveLength(created.length);
  expect((await send('referrals.list')).items).toEqual([]);

  // Blocks and pages.
  const block = { id: created[0]?.id ?? '' };
  await send('blocks.update', { values: block });
  await send('blocks.move', { values: block });
  await send('blocks.order', { values: { id }, members: { ids: created.map((one) => one.id).toReversed() } });
  const draft = await send('pages.create');
  await send('pages.delete', { values: { id: draft.id } });
  await send('pages.restore', { values: { id: draft.id } });
  await send('pages.previewImport');
  await send('pages.import');

  // Referrals.
  await send('referralCodes.visit', { values: { code: user.referralCode } });
  const link = await send('referralLinks.create');
  await send('referralLinks.update', { values: { id: link.id } });

  // The account.
  await send('account.update');
  await send('account.reauthenticate');
  await send('account.changeEmail');
  await send('auth.forgotPassword');
  await send('account.export');
  await send('account.changePassword');
  await send('account.delete', { members: { password: 'staple-horse-correct' } });
});

it('a running server describes itself under its own address', async () => {
  const { body } = await server.call('GET', '/openapi.json');
  expect(body.servers).toEqual([{ url: server.app.config.publicUrl }]);
});
