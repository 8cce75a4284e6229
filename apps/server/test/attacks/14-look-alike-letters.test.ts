import { beforeAll, expect, it } from 'vitest';
import { usePerson, useTestServer } from '../kit/index.ts';

const server = useTestServer();
const ada = usePerson(server);
let page: string;
beforeAll(async () => {
  page = (await server.as(ada, 'GET', '/api/pages')).body.items[0].id;
});

const HOSTS = ['ɡoogle.com', 'Ꮮinkedin.com', 'ꓐꓮꓠꓗ.com', 'ⲣaypal.com', 'ⲟⲣⲟ.com', 'lınkedin.com', 'ꮯꮃꮪ.com'];
const block = (body: object) => server.as(ada, 'POST', `/api/pages/${page}/blocks`, body);

it.each(HOSTS)('A13.14 a domain with look-alike letters is refused everywhere: %s', async (host) => {
  const url = `https://${host}/`;
  const answers = [
    await block({ type: 'link', url }),
    await block({ type: 'link', url: new URL(url).href }),
    await block({ type: 'image', url: 'https://example.com/a.png', data: { link: url } }),
    await block({ type: 'social', data: { profiles: [{ platform: 'website', url }] } }),
    await block({ type: 'email', url: `mailto:ada@${host}` }),
    await server.as(ada, 'PATCH', `/api/pages/${page}`, { avatarUrl: url }),
  ];
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 400));
});

it.each(HOSTS)('A13.14 a text block does not link to it: %s', async (host) => {
  const who = await server.signUp();
  const { id } = (await server.as(who, 'GET', '/api/pages')).body.items[0];
  await server.app.db.updateTable('pages').set({ published: true }).where('id', '=', id).execute();
  const text = `[Sign in](https://${host}/) <https://${host}/>`;
  expect(
    (await server.as(who, 'POST', `/api/pages/${id}/blocks`, { type: 'text', data: { text } })).status,
  ).toBe(201);
  expect((await server.get(`/@${who.username}`)).body).not.toContain('href="https://xn--');
});

it.each(['bücher.example', 'сорго.рф', 'altın.com.tr', '例え.jp', 'cœur.fr', 'łódź.pl'])(
  'A13.14 a domain of one alphabet at home is accepted: %s',
  async (host) => {
    expect((await block({ type: 'link', url: `https://${host}/` })).status).toBe(201);
  },
);
