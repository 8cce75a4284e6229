// The same with a framework. Hono is the lightest that has a cookie API of its own (4 MB, no dependencies).
import { serve } from '@hono/node-server';
import { createServerClient, isLinkgroveError } from '@linkgrove/sdk';
import { type Context, Hono } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';

const [, , url = ''] = process.argv;

const connect = (c: Context) =>
  createServerClient({
    url,
    cookies: {
      get: (name) => getCookie(c, name),
      set: (name, value, options) => setCookie(c, name, value, options),
    },
  });

const app = new Hono();
app.get('/', async (c) => {
  const client = connect(c);
  const [me, list] = await Promise.all([client.account.me.query(), client.pages.list.query()]);
  return c.text(`Hello ${me.username}, ${list.items.length} page`);
});
app.post('/sign-in/:name', async (c) => {
  const { user } = await connect(c).auth.login.mutate({
    identifier: c.req.param('name'),
    password: 'correct-horse-battery',
  });
  return c.text(`Welcome ${user.username}`);
});
app.onError((error, c) =>
  isLinkgroveError(error) ? c.text(error.code, error.status === 401 ? 401 : 500) : c.text(String(error), 500),
);
serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
  console.log(`http://127.0.0.1:${port}`),
);
