import type { LinkgroveClient, UploadedFile } from '../../../packages/sdk/src/index.ts';
import type { ExamplePage, FindFile } from './types.ts';

const PASSWORD = 'correct-horse-battery';

async function uploadFiles(client: LinkgroveClient, { files }: ExamplePage): Promise<FindFile> {
  const uploaded = new Map<string, UploadedFile>();
  for (const [key, { draw, name, ...members }] of Object.entries(files)) {
    const file = new File([new Uint8Array(await draw())], name);
    uploaded.set(key, await client.files.upload.mutate({ ...members, file }));
  }
  return (name) => {
    const file = uploaded.get(name);
    if (!file) throw new Error(`No file "${name}"`);
    return file;
  };
}

/** Signs up the owner, uploads the files, fills the first page and publishes it. `readToken` reads the mailed token. */
export async function createExamplePage(
  client: LinkgroveClient,
  example: ExamplePage,
  readToken: (email: string) => Promise<string>,
): Promise<{ id: string; handle: string }> {
  const { handle } = example;
  const email = `${handle}@example.com`;
  await client.auth.register.mutate({ email, username: handle, password: PASSWORD });
  await client.auth.verifyEmail.mutate({ token: await readToken(email) });
  const page = (await client.pages.list.query()).items[0];
  if (!page) throw new Error(`${handle} has no page`);
  const findFile = await uploadFiles(client, example);
  const groups = new Map<string, string>();
  for (const { in: group, ...block } of example.blocks(findFile)) {
    const parentId = group === undefined ? null : groups.get(group);
    if (parentId === undefined) throw new Error(`No group "${group}" before its blocks`);
    const { id } = await client.blocks.create.mutate({ ...block, id: page.id, parentId });
    if (block.type === 'group') groups.set(block.title ?? '', id);
  }
  await client.pages.update.mutate({ ...example.page(findFile), id: page.id, published: true });
  return { id: page.id, handle };
}
