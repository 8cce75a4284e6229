import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { startTestServer, storeKey } from './kit/index.ts';

const run = promisify(execFile);
const DOCUMENT = readFileSync(new URL('../../../docs/api-keys.md', import.meta.url), 'utf8');

it('the program of docs/api-keys.md reads stats and edits pages with nothing but a key', async () => {
  const [, program = ''] = /```js\n([^]*?)```/.exec(DOCUMENT) ?? [];
  const lines = program.split('\n').filter((line) => line !== '');
  expect(lines.length).toBeLessThanOrEqual(30);
  const server = await startTestServer();
  const ada = await server.signUp();
  const { key } = await storeKey(server, ada, { scopes: ['pages:read', 'pages:write', 'referrals:read'] });
  const env = { PATH: process.env['PATH'], LINKGROVE_URL: server.url, LINKGROVE_KEY: key };
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { env });
  expect(stdout.split('\n')).toEqual([
    '0 visits, 0 sign-ups in 30 days',
    expect.stringMatching(new RegExp(`/@${ada.username}: 0 people came through my link$`)),
    '',
  ]);
  const { items } = (await server.as(ada, 'GET', '/api/pages')).body;
  expect(items).toMatchObject([{ bio: '0 people came through my link' }]);
  await server.close();
});
