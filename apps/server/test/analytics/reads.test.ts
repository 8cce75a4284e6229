import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { nextVisitor, writeEvents } from './batches.ts';
import { asVisitor, nextAddress, useAnalyticsServer } from './kit.ts';

const server = useAnalyticsServer();

const NOTHING = { views: 0, clicks: 0, visitors: 0 };

describe('the analytics of a page', () => {
  it('are all zero, with every bucket, before anyone came', async () => {
    const page = await server.publishPage();
    const read = await server.readAnalytics(page);
    expect(read.totals).toEqual({
      ...NOTHING,
      visitorsDaily: 0,
      visitorsUnique: null,
      ctr: 0,
      excluded: { bots: 0, owner: 0, repeats: 0 },
      dropped: 0,
      sampled: false,
    });
    expect(read.previous).toEqual({ ...NOTHING, ctr: 0 });
    expect(read.series).toHaveLength(30);
    expect(read.series.every((item: object) => JSON.stringify(item).includes('"views":0'))).toBe(true);
    expect(read).toMatchObject({ blocks: [], referrers: [], countries: [], since: null, detailsSince: null });
  });

  it('count views, clicks and visitors with their sources, and clicks per view', async () => {
    const page = await server.publishPage();
    const address = nextAddress();
    const instagram = { referer: 'https://l.instagram.com/', 'cf-ipcountry': 'AT', 'accept-language': 'de' };
    for (let n = 0; n < 3; n += 1) await server.view(page, asVisitor(instagram, address), '?utm_source=bio');
    await server.view(page, asVisitor(), '?via=qr');
    await server.click(page, asVisitor({ 'cf-ipcountry': 'AT' }, address));
    await server.view(page, asVisitor({ 'user-agent': 'curl/8' }));
    const { totals, blocks, referrers, countries, languages, browsers, devices, utm, via, series } =
      await server.readAnalytics(page);
    expect(totals).toMatchObject({
      views: 4,
      clicks: 1,
      visitors: 2,
      ctr: 0.25,
      excluded: { bots: 1, owner: 0, repeats: 0 },
    });
    expect(blocks).toEqual([{ id: page.blockId, title: 'Essay', clicks: 1 }]);
    expect(referrers).toEqual([
      { name: 'instagram.com', views: 3, clicks: 1 },
      { name: 'direct', views: 1, clicks: 0 },
    ]);
    expect(countries).toEqual([
      { name: 'AT', views: 3, clicks: 1 },
      { name: 'unknown', views: 1, clicks: 0 },
    ]);
    expect([languages[0].name, browsers, devices[0].name]).toEqual([
      'de',
      [{ name: 'Firefox', views: 4, clicks: 1 }],
      'desktop',
    ]);
    expect(utm).toEqual({ sources: [{ name: 'bio', views: 3, clicks: 1 }], mediums: [], campaigns: [] });
    expect(via).toEqual([
      { name: 'web', views: 3, clicks: 1 },
      { name: 'qr', views: 1, clicks: 0 },
    ]);
    expect(series.at(-1)).toMatchObject({ views: 4, clicks: 1, visitors: 2 });
  });

  it('count a visitor again on the next UTC day, and know the unique ones of one day only', async () => {
    const page = await server.publishPage();
    const visitor = nextVisitor();
    await writeEvents(server.app, page.pageId, [
      { at: '2026-03-01T10:00:00Z', visitor },
      { at: '2026-03-01T23:00:00Z', visitor },
      { at: '2026-03-02T01:00:00Z', visitor },
      { at: '2026-03-02T02:00:00Z' },
    ]);
    const { totals } = await server.readAnalytics(page, '?from=2026-03-01&to=2026-03-02');
    expect(totals).toMatchObject({ views: 4, visitors: 3, visitorsDaily: 3, visitorsUnique: null });
    const day = await server.readAnalytics(page, '?from=2026-03-02&to=2026-03-02');
    expect(day.totals).toMatchObject({ views: 2, visitors: 2, visitorsUnique: 2 });
    expect(day.previous).toMatchObject({ views: 2, visitors: 1 });
  });

  it('fall into the days of the time zone, also when the clocks change', async () => {
    const page = await server.publishPage();
    await writeEvents(server.app, page.pageId, [
      { at: '2026-03-28T22:59:00Z' },
      { at: '2026-03-28T23:01:00Z' },
      { at: '2026-03-29T21:59:00Z' },
      { at: '2026-03-29T22:01:00Z' },
    ]);
    const period = 'from=2026-03-28&to=2026-03-30&timezone=Europe/Berlin';
    const { series } = await server.readAnalytics(page, `?${period}`);
    expect(series.map(({ start, views }: { start: string; views: number }) => [start, views])).toEqual([
      ['2026-03-27T23:00:00.000Z', 1],
      ['2026-03-28T23:00:00.000Z', 2],
      ['2026-03-29T22:00:00.000Z', 1],
    ]);
    const filtered = await server.readAnalytics(page, `?${period}&referrer=direct`);
    expect(filtered.series).toEqual(series);
    const hours = await server.readAnalytics(page, `?${period}&interval=hour`);
    expect(hours.series).toHaveLength(71);
  });

  it.each(['Asia/Kolkata', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'America/St_Johns', 'Pacific/Apia'])(
    'agree between stored counts and single events in %s',
    async (timezone) => {
      const page = await server.publishPage();
      const start = Date.parse('2026-03-25T00:00:00Z');
      const events = Array.from({ length: 400 }, (_, n) => ({
        at: new Date(start + n * 37 * 60_000).toISOString(),
        blockId: n % 3 === 0 ? page.blockId : null,
      }));
      await writeEvents(server.app, page.pageId, events);
      for (const interval of ['hour', 'day', 'week', 'month']) {
        const query = `?from=2026-03-20&to=2026-04-10&interval=${interval}&timezone=${timezone}`;
        const stored = await server.readAnalytics(page, query);
        const single = await server.readAnalytics(page, `${query}&country=unknown`);
        expect(stored.series).toEqual(single.series);
        expect(stored.totals).toMatchObject({ views: 266, clicks: 134 });
      }
    },
  );

  it('are filtered by each dimension: a, a,b and -a', async () => {
    const page = await server.publishPage();
    await writeEvents(server.app, page.pageId, [
      { country: 'AT', referrer: 'x.com', browser: 'Firefox', utmSource: 'a b', via: 'qr' },
      { country: 'DE', referrer: 'x.com', browser: 'Safari' },
      { country: 'FR', browser: 'Firefox' },
      { country: null, blockId: page.blockId },
    ]);
    const count = async (query: string) => {
      const { totals } = await server.readAnalytics(page, `?${query}`);
      return [totals.views, totals.clicks, totals.visitors];
    };
    expect(await count('country=AT')).toEqual([1, 0, 1]);
    expect(await count('country=AT,DE')).toEqual([2, 0, 2]);
    expect(await count('country=-AT')).toEqual([2, 1, 3]);
    expect(await count('country=-AT,DE')).toEqual([1, 1, 2]);
    expect(await count('country=unknown')).toEqual([0, 1, 1]);
    expect(await count('referrer=direct&browser=Firefox')).toEqual([1, 0, 1]);
    expect(await count('utmSource=a%20b')).toEqual([1, 0, 1]);
    expect(await count('via=-web')).toEqual([1, 0, 1]);
    expect(await count(`block=${page.blockId}`)).toEqual([0, 1, 1]);
    expect(await count("country=AT'--")).toEqual([0, 0, 0]);
    const { referrers } = await server.readAnalytics(page, '?browser=Firefox&groupBy=referrer');
    expect(referrers).toEqual([
      { name: 'direct', views: 1, clicks: 0 },
      { name: 'x.com', views: 1, clicks: 0 },
    ]);
  });

  it('refuse a filter, time zone or period that makes no sense, and name it', async () => {
    const page = await server.publishPage();
    for (const [query, path] of [
      ['country=', 'country'],
      ['country=-', 'country'],
      ['country=a,,b', 'country'],
      ['timezone=Mars/Phobos', 'timezone'],
      ['from=2026-13-01', 'from'],
      ['from=yesterday', 'from'],
      ['from=2026-02-02&to=2026-02-01', 'from'],
      ['from=2026-01-01&to=2026-03-01&interval=hour', 'from'],
      ['from=2000-01-01', 'from'],
      ['interval=minute', 'interval'],
      ['groupBy=visitor', 'groupBy'],
      ['visitor=x', 'visitor'],
    ]) {
      const answer = await server.as(page, 'GET', `/api/pages/${page.pageId}/analytics?${query}`);
      expect([query, answer.status, answer.body.errors?.[0].path]).toEqual([query, 400, path]);
    }
  });

  it('are for the owner only', async () => {
    const [page, other] = [await server.publishPage(), await server.publishPage()];
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/export'],
      ['POST', '/reset'],
    ] as const) {
      const url = `/api/pages/${page.pageId}/analytics${path}`;
      expect((await server.as(other, method, url)).body.code).toBe('NOT_FOUND');
      expect((await server.call(method, url)).body.code).toBe('UNAUTHENTICATED');
    }
  });

  it('keep the clicks of a deleted block under its last title', async () => {
    const page = await server.publishPage();
    await server.click(page);
    await server.readAnalytics(page);
    await server.as(page, 'PATCH', `/api/blocks/${page.blockId}`, { title: 'Last title' });
    await server.as(page, 'DELETE', `/api/blocks/${page.blockId}`);
    await sql`delete from blocks where id = ${page.blockId}`.execute(server.app.db);
    const { blocks } = await server.readAnalytics(page, '?interval=week');
    expect(blocks).toEqual([{ id: page.blockId, title: 'Last title', clicks: 1 }]);
  });

  it('say how many were dropped', async () => {
    const page = await server.publishPage();
    await sql`
      insert into analytics_slots (page_id, slot, views, clicks, visitors, bots, owner, repeats, dropped)
      values (${page.pageId}, date_bin('15 minutes', now(), 'epoch'), 1, 0, 1, 0, 0, 0, 7)`.execute(
      server.app.db,
    );
    expect((await server.readAnalytics(page)).totals).toMatchObject({ views: 1, dropped: 7, sampled: true });
  });
});

describe('a reset', () => {
  it('shows nothing from before, counts today’s visitors anew, and deletes nothing', async () => {
    const page = await server.publishPage();
    const visitor = asVisitor();
    await server.view(page, visitor);
    await server.click(page, visitor);
    await server.view(page, asVisitor({ 'user-agent': 'curl/8' }));
    expect((await server.readAnalytics(page)).totals).toMatchObject({ views: 1, clicks: 1, visitors: 1 });
    const reset = await server.as(page, 'POST', `/api/pages/${page.pageId}/analytics/reset`);
    expect([reset.status, reset.body]).toEqual([204, '']);
    const after = await server.readAnalytics(page, '?interval=week');
    expect(after.totals).toMatchObject({ ...NOTHING, excluded: { bots: 0, owner: 0, repeats: 0 } });
    expect([after.referrers, after.blocks]).toEqual([[], []]);
    expect(Date.parse(after.since)).toBeGreaterThan(Date.now() - 60_000);
    await server.view(page, visitor);
    const again = await server.readAnalytics(page, '?interval=month');
    expect(again.totals).toMatchObject({ views: 1, clicks: 0, visitors: 1, excluded: { bots: 0 } });
    const filtered = await server.readAnalytics(page, '?interval=month&via=web');
    expect(filtered.totals).toMatchObject({ views: 1, clicks: 0, visitors: 1 });
    const { rows } = await sql`select from analytics_events where page_id = ${page.pageId}`.execute(
      server.app.db,
    );
    expect(rows).toHaveLength(4);
  });
});

describe('the analytics of a workspace', () => {
  it('are those of all its pages', async () => {
    const page = await server.publishPage();
    const second = await server.as(page, 'POST', '/api/pages', { handle: `${page.username}-two` });
    await server.as(page, 'PATCH', `/api/pages/${second.body.id}`, { published: true });
    await server.view(page);
    await server.call('GET', `/@${second.body.handle}`, asVisitor());
    await server.click(page);
    const { status, body } = await server.as(page, 'GET', `/api/workspaces/${page.user.id}/analytics`);
    expect([status, body.totals.views, body.totals.clicks]).toEqual([200, 2, 1]);
    const stranger = await server.signUp();
    const refused = await server.as(stranger, 'GET', `/api/workspaces/${page.user.id}/analytics`);
    expect(refused.body.code).toBe('NOT_FOUND');
    expect(body.pages).toEqual([
      { id: page.pageId, handle: page.username, views: 1, clicks: 1 },
      { id: second.body.id, handle: second.body.handle, views: 1, clicks: 0 },
    ]);
  });
});
