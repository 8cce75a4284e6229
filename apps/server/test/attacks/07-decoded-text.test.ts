import { describe, expect, it } from 'vitest';
import { type SignedUp, useTestServer } from '../kit/index.ts';

const server = useTestServer({ env: { PUBLISH_REQUIRES_VERIFICATION: 'false' } });

type Owner = SignedUp & { page: string };
async function newOwner(): Promise<Owner> {
  const who = await server.signUp();
  const page = (await server.as(who, 'GET', '/api/pages')).body.items[0].id as string;
  await server.as(who, 'PATCH', `/api/pages/${page}`, { published: true });
  return { ...who, page };
}
const addBlock = (who: Owner, block: object) =>
  server.as(who, 'POST', `/api/pages/${who.page}/blocks`, block);
const setUrl = async (who: Owner, id: string, url: string) => {
  await server.app.db.updateTable('blocks').set({ url }).where('id', '=', id).execute();
  server.app.cache('public-pages').invalidate(who.username);
};
/** The card's lines, with folded ones joined. */
const readCard = async ({ username }: SignedUp): Promise<string[]> =>
  String((await server.get(`/@${username}/contact.vcf`)).body)
    .replaceAll(/\r?\n[ \t]/g, '')
    .trim()
    .split(/\r\n|\r|\n/);

describe('A13.7 an address that looks percent-encoded', () => {
  it('A13.7 is taken as typed, and the page and its card show it', async () => {
    const ada = await newOwner();
    const { status, body } = await addBlock(ada, { type: 'email', url: '50%off@example.com' });
    expect([status, body.url]).toEqual([201, 'mailto:50%25off@example.com']);
    const page = await server.get(`/@${ada.username}`);
    expect([page.status, page.body]).toEqual([200, expect.stringContaining('50%off@example.com')]);
    expect(page.body).toContain('href="mailto:50%25off@example.com"');
    expect((await readCard(ada)).join('\n')).toMatch(/^EMAIL[^:]*:50%off@example\.com$/m);
    expect((await server.get(`/go/${body.id}`)).headers.get('location')).toBe('mailto:50%25off@example.com');
  });

  it('A13.7 stays one line of the card, whether it is new or was stored before', async () => {
    const ada = await newOwner();
    const lines = (await readCard(ada)).length;
    for (const url of ['a%0d%0aTEL%3a666@example.com', 'mailto:a%0d%0aTEL%3a666@example.com'])
      expect((await addBlock(ada, { type: 'email', url })).status).toBe(400);
    const { id } = (await addBlock(ada, { type: 'email', url: 'ada@example.com' })).body;
    expect(await readCard(ada)).toHaveLength(lines + 1);
    for (const url of ['mailto:a%0d%0aTEL%3a666@example.com', 'mailto:a%0aTEL%3a666@example.com']) {
      await setUrl(ada, id, url);
      expect(await readCard(ada)).toHaveLength(lines);
    }
  });

  it.each([
    'x%0d%0abcc%3aeve@example.com',
    'mailto:x%0d%0abcc%3aeve@example.com',
    'mailto:x@example.com%0d%0abcc:eve@example.com',
    'mailto:x@example.com%3fbcc=eve@example.com',
    'mailto:x@example.com%2ceve@example.com',
    'mailto:x@example.com?%62cc=eve@example.com',
    'mailto:x@example.com?subject=a%0d%0abcc%3aeve@example.com',
    'mailto:x@example.com?subject=a%26bcc%3deve@example.com&bcc=eve@example.com',
  ])('A13.7 adds no header or address: %s', async (url) => {
    expect((await addBlock(await newOwner(), { type: 'email', url })).status).toBe(400);
  });

  it('A13.7 keeps an ampersand of the subject in the subject', async () => {
    const ada = await newOwner();
    const url = 'mailto:ada@example.com?subject=a%26bcc%3deve@example.com';
    const { status, body } = await addBlock(ada, { type: 'email', url });
    expect([status, body.url]).toEqual([201, 'mailto:ada@example.com?subject=a%26bcc%3Deve%40example.com']);
  });
});

describe('A13.7 a block whose rendering throws', () => {
  it.each([
    ['text', { type: 'text', data: { text: 'Broken' } }, { data: 'null' }],
    ['social', { type: 'social', title: 'Broken', url: 'https://x.com/a' }, { data: '{"profiles":5}' }],
    ['grid', { type: 'heading', title: 'Broken' }, { layout: '{"desktop":7}' }],
  ])('A13.7 is left out, while the rest of the page, JSON and card stays: %s', async (_, block, broken) => {
    const ada = await newOwner();
    const { id } = (await addBlock(ada, block)).body;
    await addBlock(ada, { type: 'email', title: 'Whole', url: 'ada@example.com' });
    await server.app.db.updateTable('blocks').set(broken).where('id', '=', id).execute();
    server.app.cache('public-pages').invalidate(ada.username);

    const html = await server.get(`/@${ada.username}`);
    expect([html.status, html.body]).toEqual([200, expect.stringContaining('Whole')]);
    expect(html.body).not.toContain('>Broken');
    const json = await server.get(`/api/public/pages/${ada.username}`);
    expect([json.status, json.body.blocks.map(({ title }: { title: string }) => title)]).toEqual([
      200,
      ['Whole'],
    ]);
    expect((await readCard(ada)).join('\n')).toContain('ada@example.com');
    for (const path of ['/qr.svg', '/qr.png'])
      expect((await server.get(`/@${ada.username}${path}`)).status).toBe(200);
    expect((await server.get(`/go/${id}`)).status).toBe(404);
  });

  it('A13.7 is logged with its ID', async () => {
    const ada = await newOwner();
    const { id } = (await addBlock(ada, { type: 'text', data: { text: 'Broken' } })).body;
    await server.app.db.updateTable('blocks').set({ data: 'null' }).where('id', '=', id).execute();
    server.app.cache('public-pages').invalidate(ada.username);
    const logged: unknown[] = [];
    const { logger } = server.app;
    const { error } = logger;
    logger.error = (...args: unknown[]) => void logged.push(args);
    try {
      expect((await server.get(`/@${ada.username}`)).status).toBe(200);
    } finally {
      logger.error = error;
    }
    expect(logged).toEqual([
      [expect.objectContaining({ blockId: id, err: expect.any(Error) }), expect.any(String)],
    ]);
  });

  it('A13.7 does not take a page out of the sitemap with it', async () => {
    const [ada, eve] = [await newOwner(), await newOwner()];
    await server.app.db
      .updateTable('pages')
      .set({ updated_at: 'infinity' as unknown as Date })
      .where('id', '=', eve.page)
      .execute();
    const { status, body } = await server.get('/sitemap.xml');
    expect([status, body]).toEqual([200, expect.stringContaining(`/@${ada.username}<`)]);
    expect(body).not.toContain(`/@${eve.username}<`);
  });
});
