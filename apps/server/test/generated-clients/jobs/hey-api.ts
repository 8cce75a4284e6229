import * as api from '../generated/hey-api';
import { createClient } from '../generated/hey-api/client';
import { emailOf, type Job, PASSWORD } from './job';

export const runJob: Job = async ({ url, username, readToken }) => {
  let accessToken = '';
  const client = createClient({
    baseUrl: url,
    auth: ({ scheme }) => (scheme === 'bearer' ? accessToken : undefined),
  });
  const options = { client, throwOnError: true } as const;
  const email = emailOf(username);
  await api.authRegister({ ...options, body: { email, username, password: PASSWORD } });
  const signedIn = await api.authLogin({ ...options, body: { identifier: username, password: PASSWORD } });
  accessToken = signedIn.data.accessToken;

  const pages = await api.pagesList(options);
  const path = { id: pages.data.items[0]?.id ?? '' };
  const refused = await api.blocksCreate({
    client,
    path,
    body: { type: 'link', url: 'javascript:alert(1)' },
  });
  await api.blocksCreate({
    ...options,
    path,
    body: {
      type: 'link',
      title: 'My notes',
      url: 'https://example.com/notes',
      data: { description: 'On the engine' },
    },
  });
  await api.authVerifyEmail({ ...options, body: { token: await readToken(email) } });
  const published = await api.pagesUpdate({ ...options, path, body: { published: true } });
  const shown = await api.publicPagesGet({ ...options, path: { handle: username } });
  const referrals = await api.referralsList({ ...options, query: { status: 'successful' } });
  return {
    published: published.data.published,
    titles: shown.data.blocks.map(({ title }) => title),
    referrals: referrals.data.items.length,
    refusal: refused.error?.errors?.[0]?.path,
  };
};
