import { describe, expect, it } from 'vitest';
import { asVisitor, nextAddress, type PublishedPage, useAnalyticsServer } from './analytics/kit.ts';
import { range } from './kit/index.ts';

const kit = useAnalyticsServer();

const start = async (page: PublishedPage, test: object = {}) => {
  const titleTest = { title: 'Treatise', share: 50, ...test };
  const { status, body } = await kit.as(page, 'PATCH', `/api/blocks/${page.blockId}`, { titleTest });
  expect([status, body.titleTest?.title]).toEqual([200, titleTest.title]);
  return body.titleTest.id as string;
};
const readResult = async (page: PublishedPage) => {
  await kit.app.recorder.settle();
  return (await kit.as(page, 'GET', `/api/blocks/${page.blockId}/title-test`)).body;
};
const see = async (page: PublishedPage, options = asVisitor()) => {
  const { body } = await kit.view(page, options);
  const [, link = '', variant] = /href="(\/go\/[\w-]+\?variant=(a|b))"/.exec(body) ?? [];
  expect(body).toContain(variant === 'b' ? 'Treatise' : 'Essay');
  expect(body).not.toContain(variant === 'b' ? 'Essay' : 'Treatise');
  return { link, variant, options };
};

type Seen = Awaited<ReturnType<typeof see>>;
const countSeen = (seen: Seen[], variant: string) => seen.filter((one) => one.variant === variant).length;

describe('a test of two titles', () => {
  it('shows a visitor the same title all day and both to many, in HTML and JSON', async () => {
    const page = await kit.publishPage();
    await start(page);
    const address = nextAddress();
    const seen = await Promise.all(range(5).map(() => see(page, asVisitor({}, address))));
    expect(new Set(seen.map(({ variant }) => variant)).size).toBe(1);
    const json = await kit.get(`/api/public/pages/${page.username}`, asVisitor({}, address));
    expect(json.body.blocks[0].href).toContain(seen[0]?.link);
    expect(json.headers.get('cache-control')).toBe('private, no-cache');
    const many = await Promise.all(range(200).map(() => see(page)));
    const [a, b] = [countSeen(many, 'a'), countSeen(many, 'b')];
    expect(a + b).toBe(200);
    expect(Math.min(a, b)).toBeGreaterThan(60);
  });

  it('counts views and clicks of what was shown, without bots and members', async () => {
    const page = await kit.publishPage();
    const id = await start(page);
    const seen = await Promise.all(range(20).map(() => see(page)));
    await kit.view(page, asVisitor({ 'user-agent': 'curl/8' }));
    await kit.get(`/@${page.username}`, { ...asVisitor(), token: page.token });
    for (const { link, options } of seen.slice(0, 7)) expect((await kit.get(link, options)).status).toBe(302);
    const counted = (variant: string) => ({
      variant,
      views: countSeen(seen, variant),
      clicks: countSeen(seen.slice(0, 7), variant),
      share: 50,
    });
    expect(await readResult(page)).toMatchObject({
      id,
      variants: [
        { ...counted('a'), title: 'Essay' },
        { ...counted('b'), title: 'Treatise' },
      ],
      verdict: 'collecting',
      winner: null,
      pValue: null,
    });
    expect((await kit.readAnalytics(page)).totals).toMatchObject({ views: 20, clicks: 7 });
  });

  it('draws a title for each view of visitors who ask not to be recognised, and counts what it showed', async () => {
    const page = await kit.publishPage();
    await start(page);
    const options = asVisitor({ 'sec-gpc': '1' });
    const seen = await Promise.all(range(40).map(() => see(page, options)));
    const [a, b] = [countSeen(seen, 'a'), countSeen(seen, 'b')];
    expect(Math.min(a, b)).toBeGreaterThan(0);
    const { body } = await kit.get(`/api/public/pages/${page.username}`, options);
    expect(body.blocks[0]).toMatchObject({ title: 'Essay', href: expect.not.stringContaining('variant') });
    expect((await readResult(page)).variants).toMatchObject([{ views: a }, { views: b }]);
  });

  it('asks at the gate of a block with the title that was clicked', async () => {
    const page = await kit.publishPage();
    await start(page);
    await kit.as(page, 'PATCH', `/api/blocks/${page.blockId}`, { gate: 'sensitive' });
    for (const [variant, title] of [
      ['a', 'Essay'],
      ['b', 'Treatise'],
    ])
      expect((await kit.get(`/go/${page.blockId}?variant=${variant}`, asVisitor())).body).toContain(
        `<strong dir="auto">${title}</strong>`,
      );
  });

  it('starts anew when it changes, and ends in one change with the winner', async () => {
    const page = await kit.publishPage();
    const first = await start(page, { share: 99 });
    await see(page);
    expect(await start(page, { share: 99 })).toBe(first);
    const second = await start(page, { share: 1 });
    expect(second).not.toBe(first);
    expect((await readResult(page)).variants).toMatchObject([{ views: 0 }, { views: 0 }]);
    const thumbnailUrl = 'https://img.example/b.jpg';
    await start(page, { share: 99, thumbnailUrl });
    const before = (await kit.as(page, 'GET', `/api/pages/${page.pageId}`)).body.version;
    const end = () => kit.as(page, 'POST', `/api/blocks/${page.blockId}/title-test/end`, { winner: 'b' });
    expect((await end()).body).toMatchObject({ title: 'Treatise', thumbnailUrl, titleTest: null });
    expect((await kit.as(page, 'GET', `/api/pages/${page.pageId}`)).body.version).toBe(before + 1);
    expect((await end()).body.code).toBe('CONFLICT');
    expect((await kit.as(page, 'GET', `/api/blocks/${page.blockId}/title-test`)).status).toBe(404);
    const { headers } = await kit.view(page);
    expect(headers.get('cache-control')).toContain('public');
  });

  it('is refused without a title to compare with', async () => {
    const page = await kit.publishPage();
    const block = { type: 'text', data: { text: 'Hello' }, titleTest: { title: 'Title' } };
    const { status, body } = await kit.as(page, 'POST', `/api/pages/${page.pageId}/blocks`, block);
    expect([status, body.errors?.[0].path]).toEqual([400, 'titleTest']);
  });

  it('is exported, and previewed by name', async () => {
    const page = await kit.publishPage();
    const id = await start(page);
    const exported = await kit.as(page, 'GET', `/api/pages/${page.pageId}/export`);
    const [block] = exported.body.blocks;
    expect(block.titleTest).toEqual({ id, title: 'Treatise', thumbnailUrl: null, share: 50 });
    const content = JSON.stringify(exported.body);
    await kit.as(page, 'POST', '/api/page-imports', { pageId: page.pageId, content });
    const again = await kit.as(page, 'GET', `/api/pages/${page.pageId}/export`);
    expect(again.body.blocks).toEqual(exported.body.blocks);
    const { url } = (await kit.as(page, 'POST', `/api/pages/${page.pageId}/preview-link`)).body;
    const { pathname, search } = new URL(url);
    expect((await kit.get(`${pathname}${search}`)).body).toContain('Essay');
    expect((await kit.get(`${pathname}${search}&title=b`)).body).toContain('Treatise');
  });
});
