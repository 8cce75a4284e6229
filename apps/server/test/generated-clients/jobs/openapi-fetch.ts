import createClient from 'openapi-fetch';
import type { components, paths } from '../generated/openapi-typescript';
import { emailOf, type Job, PASSWORD } from './job';

type Problem = components['schemas']['Problem'];

function requireData<T>({ data, error }: { data?: T; error?: Problem }): T {
  if (data === undefined) throw new Error(error?.detail);
  return data;
}

export const runJob: Job = async ({ url, username, readToken }) => {
  const client = createClient<paths>({ baseUrl: url });
  const email = emailOf(username);
  requireData(await client.POST('/api/register', { body: { email, username, password: PASSWORD } }));
  const signedIn = requireData(
    await client.POST('/api/login', { body: { identifier: username, password: PASSWORD } }),
  );
  client.use({
    onRequest: ({ request }) => request.headers.set('authorization', `Bearer ${signedIn.accessToken}`),
  });

  const pages = requireData(await client.GET('/api/pages'));
  const params = { path: { id: pages.items[0]?.id ?? '' } };
  const refused = await client.POST('/api/pages/{id}/blocks', {
    params,
    body: { type: 'link', url: 'javascript:alert(1)' },
  });
  const body: components['schemas']['LinkBlockInput'] = {
    type: 'link',
    title: 'My notes',
    url: 'https://example.com/notes',
    data: { description: 'On the engine' },
  };
  requireData(await client.POST('/api/pages/{id}/blocks', { params, body }));
  requireData(await client.POST('/api/verify-email', { body: { token: await readToken(email) } }));
  const published = requireData(await client.PATCH('/api/pages/{id}', { params, body: { published: true } }));
  const shown = requireData(
    await client.GET('/api/public/pages/{handle}', { params: { path: { handle: username } } }),
  );
  const referrals = requireData(
    await client.GET('/api/referrals', { params: { query: { status: 'successful' } } }),
  );
  return {
    published: published.published,
    titles: shown.blocks.map(({ title }) => title),
    referrals: referrals.items.length,
    refusal: refused.error?.errors?.[0]?.path,
  };
};
