// A program that uses the published package; consumer.test.ts compiles it against the packed tarball.
import {
  type ApiInputs,
  type ApiOutputs,
  type Block,
  captureReferral,
  createClient,
  createServerClient,
  type ErrorCode,
  isLinkgroveError,
  type LinkBlock,
  type LinkgroveClient,
  LinkgroveError,
  type NewBlock,
  type Page,
  paginate,
  type ServerCookies,
  type SessionStore,
  shouldRetry,
  type User,
} from '@linkgrove/sdk';

const store: SessionStore = { get: () => null, set: () => {} };
export const client: LinkgroveClient = createClient({ url: 'https://api.example.com', session: store });

const input: ApiInputs['auth']['register'] = {
  email: 'ada@example.com',
  username: 'ada',
  password: 'correct-horse-battery',
};
export const other = createClient({
  url: 'https://api.example.com',
  timeoutMs: 5_000,
  retries: 1,
  onSessionEnd: (reason: 'signed-out' | 'expired') => console.log(reason),
});
const cookies: ServerCookies = { get: () => undefined, set: (_name, _value, { maxAge }) => maxAge };
export const visitors: LinkgroveClient[] = [
  createServerClient({ url: 'https://api.example.com', cookies }),
  createServerClient({ url: 'https://api.example.com', cookie: 'a=b', onSetCookie: (line) => line.length }),
];
export const code: string | null = await captureReferral({ url: 'https://api.example.com' });
export const again: boolean = shouldRetry(new Error());

const { user, accessToken } = await client.auth.register.mutate(input);
export const name: string = user.username;
export const token: string = accessToken;
export const verified: ApiOutputs['account']['me']['emailVerified'] = (await client.account.me.query())
  .emailVerified;

export const me: User = user;
for await (const listed of paginate(client.pages.list, { limit: 50 })) {
  const typed: Page = listed;
  for await (const block of paginate(client.blocks.list, { id: typed.id }))
    console.log(block satisfies Block);
}
// @ts-expect-error: a page is needed
paginate(client.blocks.list, { limit: 5 });
// @ts-expect-error: a page is needed
paginate(client.blocks.list);
paginate(client.referrals.list, { status: 'pending' }, { signal: AbortSignal.timeout(1_000) });
// @ts-expect-error: there is no such status
paginate(client.referrals.list, { status: 'done' });
// @ts-expect-error: there is no such filter
paginate(client.pages.list, { published: true });
// @ts-expect-error: `paginate` moves the cursor itself
paginate(client.pages.list, { cursor: 'abc' });
// A list needs no input.
export const lists = await Promise.all([
  client.pages.list.query(),
  client.sessions.list.query(),
  client.referrals.list.query(),
  client.referralLinks.list.query(),
  client.referrals.stats.query(),
  client.rewards.list.query(),
  client.securityEvents.list.query(),
]);

const feed = client.analytics.live.subscribe(
  { id: 'x' },
  {
    onData: (update) => {
      const views: number = update.events.filter(({ type }) => type === 'view').length;
      console.log(update.visitors, views satisfies number);
    },
    onError: (error) => console.log(error.message),
  },
);
feed.unsubscribe();
// @ts-expect-error: a page is needed
client.analytics.live.subscribe({}, { onData: () => {} });

const page = await client.pages.create.mutate({ handle: 'engines', theme: { preset: 'paper' } });
const block = await client.blocks.create.mutate({ id: page.id, type: 'link', url: 'https://example.com' });
// The type of a block determines the type of its data.
export const description: string | null = block.type === 'link' ? block.data.description : null;
const profiles = [{ platform: 'mastodon' as const, url: 'https://mastodon.example/@ada' }];
await client.blocks.create.mutate({ id: page.id, type: 'social', data: { profiles } });
// @ts-expect-error: a link has no profiles
await client.blocks.create.mutate({ id: page.id, type: 'link', data: { profiles } });
await client.blocks.update.mutate({ id: block.id, data: { description: null } });
export const link: LinkBlock['url'] | undefined = block.type === 'link' ? block.url : undefined;
export const draft: NewBlock<'link'> = { id: page.id, type: 'link', url: 'https://example.com' };
// @ts-expect-error: a link needs a URL
await client.blocks.create.mutate({ id: page.id, type: 'link', title: 'x' });
// @ts-expect-error: a link needs a URL
await client.blocks.create.mutate({ id: page.id, type: 'link', url: null });
// @ts-expect-error: a text needs its text
await client.blocks.create.mutate({ id: page.id, type: 'text' });
// @ts-expect-error: a text needs its text
await client.blocks.create.mutate({ id: page.id, type: 'text', data: {} });
// @ts-expect-error: the links of a text are inside it
await client.blocks.create.mutate({
  id: page.id,
  type: 'text',
  data: { text: 'x' },
  url: 'https://a.example',
});
export const texts: NewBlock<'text'>[] = [
  { id: page.id, type: 'text', data: { text: 'Hello' } },
  { id: page.id, type: 'text', title: 'Hello' },
];
// @ts-expect-error: a heading needs a title
await client.blocks.create.mutate({ id: page.id, type: 'heading' });
// @ts-expect-error: a heading has no URL
await client.blocks.create.mutate({ id: page.id, type: 'heading', title: 'x', url: 'https://a.example' });
// @ts-expect-error: a social block needs profiles or a URL
await client.blocks.create.mutate({ id: page.id, type: 'social' });
// @ts-expect-error: a social block needs profiles or a URL
await client.blocks.create.mutate({ id: page.id, type: 'social', data: {} });
const gone = [{ platform: 'orkut' as const, url: 'https://example.com' }];
// @ts-expect-error: no such platform
await client.blocks.create.mutate({ id: page.id, type: 'social', data: { profiles: gone } });
// @ts-expect-error: no block has a weight
await client.blocks.update.mutate({ id: block.id, data: { weight: 1 } });
// @ts-expect-error: there is no such preset
await client.pages.update.mutate({ id: page.id, theme: { preset: 'glitter' }, version: page.version });

try {
  await client.auth.login.mutate({ identifier: 'ada', password: 'correct-horse-battery' });
} catch (error) {
  if (!(error instanceof LinkgroveError)) throw error;
  const { code, status } = error;
  if (code === 'INVALID_CREDENTIALS' && status === 401) throw new Error(error.detail, { cause: error });
  // @ts-expect-error: no such code
  if (code === 'WRONG_PASSWORD') throw error;
  const known: ErrorCode | 'NETWORK' | 'ABORTED' | 'UNSUPPORTED' = code;
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
