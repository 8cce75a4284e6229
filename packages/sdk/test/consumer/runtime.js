// One session from beginning to end, in every runtime. Prints `ok`, or throws.
import { createClient, isLinkgroveError, paginate } from '@linkgrove/sdk';

async function watchViews(client) {
  const [{ id }] = (await client.pages.list.query()).items;
  const update = await new Promise((resolve, reject) => {
    const subscription = client.analytics.live.subscribe(
      { id },
      {
        onError: reject,
        onData: (data) => {
          subscription.unsubscribe();
          resolve(data);
        },
      },
    );
  });
  if (update.visitors !== 0 || update.events.length > 0) throw new Error('Views that nobody made');
}

export async function runSession(url) {
  let stored = null;
  const ends = [];
  const client = createClient({
    url,
    session: { get: () => stored, set: (tokens) => void (stored = tokens) },
    onSessionEnd: (reason) => ends.push(reason),
  });
  const username = `runtime${Math.random().toString(36).slice(2)}`;
  await client.auth.register.mutate({
    email: `${username}@example.com`,
    username,
    password: 'correct-horse-battery',
  });
  const first = stored;
  if (!first.refreshToken) throw new Error('There is no refresh token');
  stored = { ...first, accessToken: 'no longer valid' };
  const [me, again] = await Promise.all([client.account.me.query(), client.account.me.query()]);
  if (me.username !== username || again.id !== me.id) throw new Error('Another user');
  if (stored.refreshToken === first.refreshToken) throw new Error('The session was not refreshed');

  const handles = [];
  for await (const page of paginate(client.pages.list, { limit: 1 })) handles.push(page.handle);
  if (handles.join() !== username) throw new Error(`Other pages: ${handles}`);

  const stopper = new AbortController();
  const aborted = client.account.me.query(undefined, { signal: stopper.signal }).catch((error) => error);
  stopper.abort();
  if (!isLinkgroveError(await aborted, 'ABORTED')) throw new Error('Not aborted');

  await watchViews(client);
  await client.auth.logout.mutate();
  if (stored !== null || ends.join() !== 'signed-out') throw new Error('Not signed out');
  const refused = await client.account.me.query().catch((error) => error);
  if (!isLinkgroveError(refused, 'UNAUTHENTICATED')) throw new Error(`Not refused: ${refused}`);
  return 'ok';
}
