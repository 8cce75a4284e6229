// Renders pages with nothing but Node.js; ssr.test.ts opens them as a browser.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient, createServerClient, isLinkgroveError } from '@linkgrove/sdk';

const [, , url = ''] = process.argv;

const pages = createServer(async (request, response) => {
  const { cookie } = request.headers;
  const onSetCookie = (line: string) => response.appendHeader('set-cookie', line);
  const clients = {
    '/': () => createServerClient({ url, cookie, onSetCookie }),
    '/read-only': () => createServerClient({ url, cookie }),
    // A server that reads cookies, but can no longer set them.
    '/too-late': () =>
      createServerClient({
        url,
        cookie,
        onSetCookie: () => {
          throw new Error('The headers have been sent');
        },
      }),
    '/by-header': () => createClient({ url, session: 'cookie', headers: { cookie: cookie ?? '' } }),
  };
  const [, makeClient] = Object.entries(clients).find(([path]) => path === request.url) ?? [];
  if (!makeClient) return response.writeHead(404).end();
  try {
    const client = makeClient();
    const [me, list] = await Promise.all([client.account.me.query(), client.pages.list.query()]);
    response.end(`Hello ${me.username}, ${list.items.length} page`);
  } catch (error) {
    response.statusCode = isLinkgroveError(error) ? error.status || 502 : 500;
    response.end(isLinkgroveError(error) ? error.code : String(error));
  }
});
pages.listen(0, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(pages.address() as AddressInfo).port}`);
});
