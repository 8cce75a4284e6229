import * as api from '../generated/orval/client';
import { emailOf, type Job, PASSWORD } from './job';
import { session } from './send-request';

export const runJob: Job = async ({ url, username, readToken }) => {
  session.url = url;
  const email = emailOf(username);
  const registered = await api.authRegister({ email, username, password: PASSWORD });
  if (registered.status !== 201) throw new Error(registered.data.detail);
  const signedIn = await api.authLogin({ identifier: username, password: PASSWORD });
  if (signedIn.status !== 200) throw new Error(signedIn.data.detail);
  session.accessToken = signedIn.data.accessToken;

  const pages = await api.pagesList();
  if (pages.status !== 200) throw new Error(pages.data.detail);
  const id = pages.data.items[0]?.id ?? '';
  const refused = await api.blocksCreate(id, { type: 'link', url: 'javascript:alert(1)' });
  const refusal = refused.status === 400 ? refused.data.errors?.[0]?.path : undefined;
  const block = await api.blocksCreate(id, {
    type: 'link',
    title: 'My notes',
    url: 'https://example.com/notes',
    data: { description: 'On the engine' },
  });
  if (block.status !== 201) throw new Error(block.data.detail);
  await api.authVerifyEmail({ token: await readToken(email) });
  const published = await api.pagesUpdate(id, { published: true });
  if (published.status !== 200) throw new Error(published.data.detail);

  const shown = await api.publicPagesGet(username);
  if (shown.status !== 200) throw new Error(`The page answers ${shown.status}`);
  const referrals = await api.referralsList({ status: 'successful' });
  if (referrals.status !== 200) throw new Error(referrals.data.detail);
  return {
    published: published.data.published,
    titles: shown.data.blocks.map(({ title }) => title),
    referrals: referrals.data.items.length,
    refusal,
  };
};
