// A program that uses the published package; consumer.test.ts compiles it against the packed tarball.
import {
  type ApiInputs,
  type ApiOutputs,
  createClient,
  type ErrorCode,
  isLinkgroveError,
  type LinkgroveClient,
  LinkgroveError,
  type SessionStore,
} from '@linkgrove/sdk';

const store: SessionStore = { get: () => null, set: () => {} };
export const client: LinkgroveClient = createClient({ url: 'https://api.example.com', session: store });

const input: ApiInputs['auth']['register'] = {
  email: 'ada@example.com',
  username: 'ada',
  password: 'correct-horse-battery',
};
const { user, accessToken } = await client.auth.register.mutate(input);
export const name: string = user.username;
export const token: string = accessToken;
export const verified: ApiOutputs['account']['me']['emailVerified'] = (await client.account.me.query())
  .emailVerified;

const page = await client.pages.create.mutate({ handle: 'engines', theme: { preset: 'paper' } });
const block = await client.blocks.create.mutate({ id: page.id, type: 'link', url: 'https://example.com' });
// The type of a block determines the type of its data.
export const description: string | null = block.type === 'link' ? block.data.description : null;
const profiles = [{ platform: 'mastodon' as const, url: 'https://mastodon.example/@ada' }];
await client.blocks.create.mutate({ id: page.id, type: 'social', data: { profiles } });
// @ts-expect-error: a link has no profiles
await client.blocks.create.mutate({ id: page.id, type: 'link', data: { profiles } });
await client.blocks.update.mutate({ id: block.id, data: { description: null } });
// @ts-expect-error: no block has a price
await client.blocks.update.mutate({ id: block.id, data: { price: 1 } });
// @ts-expect-error: there is no such preset
await client.pages.update.mutate({ id: page.id, theme: { preset: 'neon' }, version: page.version });

try {
  await client.auth.login.mutate({ identifier: 'ada', password: 'correct-horse-battery' });
} catch (error) {
  if (!(error instanceof LinkgroveError)) throw error;
  const { code, status } = error;
  if (code === 'INVALID_CREDENTIALS' && status === 401) throw new Error(error.detail, { cause: error });
  // @ts-expect-error: no such code
  if (code === 'WRONG_PASSWORD') throw error;
  const known: ErrorCode | 'NETWORK' | 'ABORTED' = code;
  for (const { path, message } of error.errors ?? [])
    throw new Error(`${known} ${path}: ${message}`, { cause: error });
}

export function codeOf(error: unknown): 'EMAIL_TAKEN' | undefined {
  return isLinkgroveError(error, 'EMAIL_TAKEN') ? error.code : undefined;
}

// @ts-expect-error: the member is called `identifier`
await client.auth.login.mutate({ username: 'ada', password: 'x' });
// @ts-expect-error: there is no such member of a user
export const absent = user.passwordHash;
// @ts-expect-error: there is no such procedure
await client.auth.signIn.mutate(input);
// @ts-expect-error: a query does not mutate
await client.account.me.mutate();
