import { describe, expect, it } from 'vitest';
import { writeEvents } from './batches.ts';
import { asVisitor, type PublishedPage, useAnalyticsServer } from './kit.ts';

const server = useAnalyticsServer();

const exportPage = (page: PublishedPage, query = '') =>
  server.as(page, 'GET', `/api/pages/${page.pageId}/analytics/export${query}`);

describe('an export', () => {
  it('is a CSV file of all events, without visitors, that no spreadsheet runs', async () => {
    const page = await server.publishPage();
    await server.as(page, 'PATCH', `/api/blocks/${page.blockId}`, { title: '=HYPERLINK("x")' });
    await server.view(page, asVisitor({ 'cf-ipcountry': 'AT' }), '?utm_source=%3D1%2B1&utm_campaign=a,b');
    await server.click(page);
    const { status, headers, body } = await exportPage(page);
    expect([status, headers.get('content-type'), headers.get('content-disposition')]).toEqual([
      200,
      'text/csv; charset=utf-8',
      'attachment; filename="analytics.csv"',
    ]);
    const [head, view, click, end] = String(body).split('\r\n');
    expect(head).toBe(
      'at,type,blockId,blockTitle,referrer,country,region,device,browser,os,language,utmSource,utmMedium,utmCampaign,via',
    );
    expect(view).toMatch(/^[\dT:.-]+Z,view,,,,AT,,desktop,Firefox,Linux,,'=1\+1,,"a,b",$/);
    expect(click).toContain(`,click,${page.blockId},"'=HYPERLINK(""x"")",`);
    expect(end).toBe('');
  });

  it('is JSON on request, filtered, or counted by interval', async () => {
    const page = await server.publishPage();
    await writeEvents(server.app, page.pageId, [
      { at: '2026-05-01T00:00:00Z', country: 'AT' },
      { at: '2026-05-02T00:00:00Z', country: 'DE' },
    ]);
    const period = '&from=2026-05-01&to=2026-05-02';
    const { headers, body } = await exportPage(page, `?format=json&country=-AT${period}`);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(body.items).toEqual([expect.objectContaining({ at: '2026-05-02T00:00:00.000Z', country: 'DE' })]);
    expect((await exportPage(page, `?format=json&country=FR${period}`)).body).toEqual({
      items: [],
      nextCursor: null,
    });
    const days = await exportPage(page, `?interval=day${period}`);
    expect(days.body).toBe(
      'start,views,clicks,visitors\r\n2026-05-01T00:00:00.000Z,1,0,1\r\n2026-05-02T00:00:00.000Z,1,0,1\r\n',
    );
  });

  it('of many events has each once, also when many happened at the same time', async () => {
    const page = await server.publishPage();
    const start = Date.parse('2026-05-01T00:00:00Z');
    const events = Array.from({ length: 9_000 }, (_, n) => ({
      at: new Date(start + Math.floor(n / 700) * 1_000).toISOString(),
      utmSource: `n${n}`,
    }));
    for (let n = 0; n < events.length; n += 1_000)
      await writeEvents(server.app, page.pageId, events.slice(n, n + 1_000));
    const query = '?format=json&from=2026-05-01&to=2026-05-02';
    const { items }: { items: { utmSource: string }[] } = (await exportPage(page, query)).body;
    expect(new Set(items.map(({ utmSource }) => utmSource)).size).toBe(9_000);
    expect(items).toHaveLength(9_000);
  });

  it('refuses before it streams', async () => {
    const page = await server.publishPage();
    for (const query of ['?format=xml', '?country=', '?from=x'])
      expect((await exportPage(page, query)).body.code).toBe('VALIDATION_FAILED');
  });

  it('over tRPC comes in parts', async () => {
    const page = await server.publishPage();
    await server.view(page);
    const input = encodeURIComponent(JSON.stringify({ id: page.pageId }));
    const { body } = await server.as(page, 'GET', `/trpc/analytics.export?input=${input}`);
    expect(body.result.data).toMatchObject({ items: [{ type: 'view' }], nextCursor: null });
  });
});

describe('the page of numbers', () => {
  it('is shown only while the owner makes it public, as plain HTML with a chart', async () => {
    const page = await server.publishPage();
    await server.view(page, asVisitor({ referer: 'https://t.co/x' }));
    await server.click(page);
    const path = `/@${page.username}/stats`;
    const settings = `/api/pages/${page.pageId}/analytics/settings`;
    expect((await server.get(path)).status).toBe(404);
    expect((await server.as(page, 'GET', settings)).body).toEqual({ public: false, resetAt: null });
    expect((await server.as(page, 'PATCH', settings, { public: true })).body.public).toBe(true);
    const { status, headers, body } = await server.get(path);
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(body).toContain('<strong>1</strong>Views');
    expect(body).toContain('<svg class="chart"');
    expect(body).toContain('<td dir="auto">Essay</td><td>1</td>');
    expect(body).toContain('x.com');
    expect(body).not.toContain('<script');
    await server.as(page, 'PATCH', settings, { public: false });
    expect((await server.get(path)).status).toBe(404);
  });

  it('is in the language of the page', async () => {
    const page = await server.publishPage();
    await server.view(page);
    await server.as(page, 'PATCH', `/api/pages/${page.pageId}`, { language: 'ar' });
    await server.as(page, 'PATCH', `/api/pages/${page.pageId}/analytics/settings`, { public: true });
    const { body } = await server.get(`/@${page.username}/stats`);
    expect(body).toContain('<html lang="ar" dir="rtl">');
    for (const words of ['إحصاءات', 'المشاهدات', 'مجموع الزوار اليوميين', 'من أين جاء الزوار'])
      expect(body).toContain(words);
    expect(body).toContain('<td dir="auto">مباشر</td>');
    expect(body.slice(body.indexOf('<main>'))).not.toMatch(/>[^<]*(?:direct|visitors|clicks|days)[^<]*</i);
  });

  it('escapes titles', async () => {
    const page = await server.publishPage();
    await server.as(page, 'PATCH', `/api/pages/${page.pageId}`, { title: '<b>x</b>' });
    await server.as(page, 'PATCH', `/api/pages/${page.pageId}/analytics/settings`, { public: true });
    const { body } = await server.get(`/@${page.username}/stats`);
    expect(body).toContain('&#60;b&#62;x&#60;/b&#62;');
    expect(body).not.toContain('<b>x');
  });
});
