import { sql } from 'kysely';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type AnalyticsKit, asVisitor, nextAddress, type PublishedPage, useAnalyticsServer } from './kit.ts';
import { createTeam } from '../kit/index.ts';

const server = useAnalyticsServer();
afterEach(() => void vi.useRealTimers());

const publishPage = () => server.publishPage();
const view: AnalyticsKit['view'] = (...given) => server.view(...given);
const click: AnalyticsKit['click'] = (...given) => server.click(...given);

async function readSlots({ pageId }: PublishedPage) {
  await server.app.recorder.settle();
  const { rows } = await sql<Record<string, number>>`
    select coalesce(sum(views), 0)::int as views, coalesce(sum(clicks), 0)::int as clicks,
      coalesce(sum(visitors), 0)::int as visitors, coalesce(sum(bots), 0)::int as bots,
      coalesce(sum(owner), 0)::int as owner, coalesce(sum(repeats), 0)::int as repeats
    from analytics_slots where page_id = ${pageId}`.execute(server.app.db);
  return rows[0];
}
const readEvents = async ({ pageId }: PublishedPage) => {
  await server.app.recorder.settle();
  return server.app.db
    .selectFrom('analytics_events')
    .selectAll()
    .where('page_id', '=', pageId)
    .orderBy('at')
    .execute();
};
const NOTHING = { views: 0, clicks: 0, visitors: 0, bots: 0, owner: 0, repeats: 0 };

describe('a view', () => {
  it('is counted for each load of the page, and its visitor once a day', async () => {
    const page = await publishPage();
    const options = asVisitor();
    for (let n = 0; n < 3; n += 1) expect((await view(page, options)).status).toBe(200);
    await view(page);
    expect(await readSlots(page)).toEqual({ ...NOTHING, views: 4, visitors: 2 });
  });

  it('stores where it came from and no address', async () => {
    const page = await publishPage();
    const headers = {
      referer: 'https://l.instagram.com/?u=x',
      'accept-language': 'de-AT,de;q=0.9',
      'cf-ipcountry': 'AT',
      'cf-region-code': '9',
    };
    await view(page, asVisitor(headers), '?utm_source=bio&utm_medium=social&utm_campaign=spring&via=qr');
    const [event] = await readEvents(page);
    expect(event).toMatchObject({
      block_id: null,
      excluded: null,
      referrer: 'instagram.com',
      country: 'AT',
      region: 'AT-9',
      device: 'desktop',
      browser: 'Firefox',
      os: 'Linux',
      language: 'de',
      utm_source: 'bio',
      utm_medium: 'social',
      utm_campaign: 'spring',
      via: 'qr',
    });
    expect(event?.visitor).toHaveLength(8);
    expect(JSON.stringify(event)).not.toContain('203.0.');
  });

  it('is left out and counted as such for bots, empty agents, HEAD requests, prefetches and frames', async () => {
    const page = await publishPage();
    for (const headers of [
      { 'user-agent': 'facebookexternalhit/1.1' },
      { 'user-agent': '' },
      { 'sec-purpose': 'prefetch' },
      { 'sec-fetch-dest': 'iframe', 'sec-fetch-mode': 'navigate' },
    ])
      await view(page, asVisitor(headers));
    await server.call('HEAD', `/@${page.username}`, asVisitor());
    expect(await readSlots(page)).toEqual({ ...NOTHING, bots: 5 });
  });

  it('is left out for the owner, by cookie, by token, and after the access token has expired', async () => {
    const page = await publishPage();
    const refresh = page.cookie.split('; ').find((pair) => pair.startsWith('refresh_token')) ?? '';
    for (const headers of [
      { cookie: page.cookie },
      { authorization: `Bearer ${page.token}` },
      { cookie: refresh },
    ])
      await view(page, asVisitor(headers));
    const stranger = await server.signUp();
    await view(page, asVisitor({ cookie: stranger.cookie }));
    await view(page, asVisitor({ authorization: 'Bearer forged' }));
    expect(await readSlots(page)).toEqual({ ...NOTHING, views: 2, visitors: 2, owner: 3 });
  });

  it('is left out for every member of the workspace, and counted for other people who are signed in', async () => {
    const page = await publishPage();
    const [member, stranger] = [await server.signUp(), await server.signUp()];
    const workspaceId = await createTeam(server, { owner: page, viewer: member });
    await server.as(page, 'POST', `/api/pages/${page.pageId}/transfer`, { workspaceId });
    for (const { cookie } of [page, member, stranger]) await view(page, asVisitor({ cookie }));
    expect(await readSlots(page)).toEqual({ ...NOTHING, views: 1, visitors: 1, owner: 2 });
    const token = { 'linkgrove-session': 'token' };
    await view(page, asVisitor({ ...token, authorization: `Bearer ${member.token}` }));
    await view(page, asVisitor({ ...token, cookie: member.cookie }));
    expect(await readSlots(page)).toEqual({ ...NOTHING, views: 2, visitors: 2, owner: 3 });
  });

  it('is a repeat after sixty by one visitor within a minute', async () => {
    const page = await publishPage();
    const options = asVisitor();
    // No minute turns in between.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    for (let n = 0; n < 130; n += 1) await view(page, options);
    expect(await readSlots(page)).toMatchObject({ visitors: 1, views: 60, repeats: 70 });
  });

  it('by a visitor who asks for privacy is counted without a hash', async () => {
    const page = await publishPage();
    await view(page, asVisitor({ 'sec-gpc': '1' }));
    await view(page, asVisitor({ dnt: '1' }));
    expect(await readSlots(page)).toEqual({ ...NOTHING, views: 2 });
    expect((await readEvents(page)).map(({ visitor }) => visitor)).toEqual([null, null]);
  });

  it('of the JSON, of a preview and of other files of the page is not counted', async () => {
    const page = await publishPage();
    const { body } = await server.as(page, 'POST', `/api/pages/${page.pageId}/preview-link`);
    for (const path of [
      `/api/public/pages/${page.username}`,
      new URL(body.url).pathname + new URL(body.url).search,
      `/@${page.username}/qr.svg`,
      `/@${page.username}/contact.vcf`,
    ])
      expect((await server.call('GET', path, asVisitor())).status).toBe(200);
    expect(await readSlots(page)).toEqual(NOTHING);
  });

  it('that revalidates its copy is counted like any other', async () => {
    const page = await publishPage();
    const etag = (await view(page)).headers.get('etag') ?? '';
    expect((await view(page, asVisitor({ 'if-none-match': etag }))).status).toBe(304);
    expect(await readSlots(page)).toMatchObject({ views: 2 });
  });
});

describe('a click', () => {
  it('is counted when it leads somewhere, with the source of the view before it', async () => {
    const page = await publishPage();
    const address = nextAddress();
    await view(page, asVisitor({ referer: 'https://t.co/x' }, address), '?via=qr');
    const own = { referer: `http://localhost:3000/@${page.username}` };
    expect((await click(page, asVisitor(own, address))).status).toBe(302);
    expect(await readSlots(page)).toEqual({ ...NOTHING, views: 1, clicks: 1, visitors: 1 });
    const events = await readEvents(page);
    expect(events.map(({ block_id, referrer, via }) => ({ block_id, referrer, via }))).toEqual([
      { block_id: null, referrer: 'x.com', via: 'qr' },
      { block_id: page.blockId, referrer: 'x.com', via: 'qr' },
    ]);
  });

  it('is not counted on a block that is not live, and left out for bots and the owner', async () => {
    const page = await publishPage();
    await click(page, asVisitor({ 'user-agent': 'curl/8' }));
    await click(page, asVisitor({ cookie: page.cookie }));
    await server.as(page, 'PATCH', `/api/blocks/${page.blockId}`, { enabled: false });
    expect((await click(page)).status).toBe(404);
    expect(await readSlots(page)).toEqual({ ...NOTHING, bots: 1, owner: 1 });
  });

  it('on a gated block is counted after the gate', async () => {
    const page = await publishPage();
    await server.as(page, 'PATCH', `/api/blocks/${page.blockId}`, { gate: 'sensitive' });
    const options = asVisitor();
    const asked = await click(page, options);
    expect([asked.status, await readSlots(page)]).toEqual([200, NOTHING]);
    const confirm = /\?confirm=[^"]+/.exec(String(asked.body))?.[0] ?? '';
    expect((await server.call('GET', `/go/${page.blockId}${confirm}`, options)).status).toBe(302);
    expect(await readSlots(page)).toEqual({ ...NOTHING, clicks: 1, visitors: 1 });
  });
});

describe('a frontend of one’s own', () => {
  const report = (path: string, body: object = {}, headers = {}) =>
    server.post(path, body, asVisitor(headers));

  it('counts views and clicks with the source that it gives', async () => {
    const page = await publishPage();
    const source = { referrer: 'https://www.youtube.com/watch', utmSource: 'video', via: 'qr' };
    const viewed = await report(`/api/public/pages/${page.username}/view`, source);
    expect([viewed.status, viewed.body]).toEqual([202, { accepted: true }]);
    expect((await report(`/api/public/blocks/${page.blockId}/click`)).status).toBe(202);
    expect(await readSlots(page)).toEqual({ ...NOTHING, views: 1, clicks: 1, visitors: 2 });
    expect((await readEvents(page))[0]).toMatchObject({
      referrer: 'youtube.com',
      utm_source: 'video',
      via: 'qr',
    });
  });

  it('has the same filters', async () => {
    const page = await publishPage();
    const path = `/api/public/pages/${page.username}/view`;
    await report(path, {}, { 'user-agent': 'curl/8' });
    await report(path, {}, { authorization: `Bearer ${page.token}` });
    await report(path, {}, { 'sec-fetch-dest': 'empty', 'sec-fetch-mode': 'cors' });
    expect(await readSlots(page)).toEqual({ ...NOTHING, views: 1, visitors: 1, bots: 1, owner: 1 });
  });

  it('gets 404 for what visitors cannot see, and cannot be imitated by a foreign page', async () => {
    const page = await publishPage();
    for (const path of ['pages/nobody-has-this/view', `blocks/${page.pageId}/click`])
      expect((await report(`/api/public/${path}`)).body.code).toBe('NOT_FOUND');
    const path = `/api/public/pages/${page.username}/view`;
    expect((await report(path, {}, { origin: 'https://evil.example' })).body.code).toBe('CSRF_REJECTED');
    expect((await report(path, { country: 'AT' })).body.code).toBe('VALIDATION_FAILED');
    expect(await readSlots(page)).toEqual(NOTHING);
  });
});
