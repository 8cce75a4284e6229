import { packAllEvents, packRecentEvents, reconcileCounts } from '@linkgrove/api/jobs';
import { readAnalyticsOf } from '@linkgrove/api/testing';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { nextVisitor, type TestEvent, writeEvents } from './batches.ts';
import { type PublishedPage, useAnalyticsServer } from './kit.ts';

const server = useAnalyticsServer();

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const VISITORS = Array.from({ length: 30 }, nextVisitor);

const countSegments = async ({ pageId }: PublishedPage) => {
  const { rows } = await sql<{ events: number }>`
    select events from analytics_segments where page_id = ${pageId} order by from_at`.execute(server.app.db);
  return rows.map(({ events }) => events);
};
const findDifferences = async () => {
  const alerts: unknown[] = [];
  await reconcileCounts({
    db: server.app.db,
    config: { ...server.app.config, databaseUrl: undefined },
    logger: { error: (alert: unknown) => alerts.push(alert) } as never,
  });
  return alerts;
};

/** Events of the last ten days, the same visitor several times a day. */
const createEvents = (page: PublishedPage, count: number): TestEvent[] =>
  Array.from({ length: count }, (_, n) => ({
    at: new Date(Date.now() - 10 * DAY_MS + ((n * 7_919) % count) * ((10 * DAY_MS) / count)).toISOString(),
    blockId: n % 4 === 0 ? page.blockId : null,
    visitor: n % 9 === 0 ? null : (VISITORS[(n * 13) % VISITORS.length] ?? null),
    country: ['AT', 'DE', null][n % 3] ?? null,
    referrer: n % 5 === 0 ? null : `site${n % 7}.example`,
    utmSource: n % 11 === 0 ? `tag ${n % 22}` : null,
  }));
async function writeMany(page: PublishedPage, events: TestEvent[]): Promise<void> {
  for (let n = 0; n < events.length; n += 1_000)
    await writeEvents(server.app, page.pageId, events.slice(n, n + 1_000));
}

const QUERIES = [
  '',
  'country=AT',
  'country=-AT,DE&interval=hour',
  'referrer=direct,site1.example&utmSource=-none',
  'timezone=Asia/Kolkata&country=unknown',
  'timezone=America/St_Johns&interval=week&referrer=-direct',
  'groupBy=referrer&country=DE',
];

describe('packed events', () => {
  const ago = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10);
  // An hour may turn before the answers are compared.
  const now = new Date().toISOString();
  const PERIODS = [
    { from: ago(4), to: now },
    { from: ago(7), to: ago(3) },
    { from: ago(2), to: ago(2) },
    { from: new Date(Date.now() - 3.3 * DAY_MS).toISOString(), to: now },
  ];
  /** `mark` is a block that nobody clicked, so that no answer comes from the cache. */
  const readAll = async (page: PublishedPage, mark: string) => {
    const answers: unknown[] = [];
    for (const period of PERIODS) {
      answers.push(await readAnalyticsOf.breakdowns(server.app, page.pageId, period));
      for (const query of QUERIES) {
        const text = new URLSearchParams(period).toString();
        answers.push(await server.readAnalytics(page, `?${text}&${query}&block=-${mark}`));
      }
    }
    return answers;
  };

  it('answer every filter, breakdown, period and time zone as single events do', async () => {
    const page = await server.publishPage();
    await writeMany(page, createEvents(page, 3_000));
    const before = await readAll(page, 'x');
    await packAllEvents(server.app);
    expect((await countSegments(page)).reduce((sum, events) => sum + events, 0)).toBeGreaterThan(2_000);
    expect(await readAll(page, 'y')).toEqual(before);
    expect(await findDifferences()).toEqual([]);
  });

  it('end with a day once there are enough, and the last segment takes what follows', async () => {
    const page = await server.publishPage();
    const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
    const write = async (count: number, from: number) => {
      await writeMany(
        page,
        Array.from({ length: count }, (_, n) => ({ at: new Date(from + n * 1_000).toISOString() })),
      );
      await packAllEvents(server.app);
      return countSegments(page);
    };
    expect(await write(200, today - 3 * DAY_MS)).toEqual([]);
    expect(await write(4_000, today - 3 * DAY_MS + HOUR_MS)).toEqual([4_200]);
    expect(await write(300, today - 2 * DAY_MS)).toEqual([4_200, 300]);
    expect(await write(300, today - DAY_MS)).toEqual([4_200, 600]);
    expect(await write(300, today - 2 * DAY_MS + HOUR_MS)).toEqual([4_200, 900]);
    expect((await server.readAnalytics(page, '?via=web')).totals.views).toBe(5_100);
  });

  it('that lack what came late are packed again', async () => {
    const page = await server.publishPage();
    const noon = Math.floor(Date.now() / DAY_MS) * DAY_MS - 12 * HOUR_MS;
    const at = (hours: number) => new Date(noon - hours * HOUR_MS).toISOString();
    await writeMany(
      page,
      Array.from({ length: 400 }, (_, n) => ({ at: at(2 + n / 400), country: 'AT' })),
    );
    await packRecentEvents(server.app);
    expect(await countSegments(page)).toEqual([]);
    await packAllEvents(server.app);
    expect(await countSegments(page)).toEqual([400]);
    await writeEvents(server.app, page.pageId, [{ at: at(2.5), country: 'FR' }, { country: 'FR' }]);
    expect(await countSegments(page)).toEqual([]);
    const read = await server.readAnalytics(page, '?country=-DE');
    expect(read.countries).toEqual([
      { name: 'AT', views: 400, clicks: 0 },
      { name: 'FR', views: 2, clicks: 0 },
    ]);
    await packAllEvents(server.app);
    expect(await countSegments(page)).toEqual([401]);
    expect((await server.readAnalytics(page, '?country=-IT')).countries).toEqual(read.countries);
    expect(await findDifferences()).toEqual([]);
  });

  it('count from the moment of a reset', async () => {
    const page = await server.publishPage();
    const resetAt = Date.now() - 2 * DAY_MS;
    const visitor = nextVisitor();
    const near = [-60_000, 60_000, 2 * HOUR_MS].map((ms) => ({
      at: new Date(resetAt + ms).toISOString(),
      visitor,
    }));
    await writeMany(page, [...createEvents(page, 2_000), ...near]);
    await sql`insert into analytics_settings (page_id, reset_at) values (${page.pageId}, ${new Date(resetAt)})`.execute(
      server.app.db,
    );
    const before = await server.readAnalytics(page, '?country=unknown');
    expect(before.series.slice(0, 25).every(({ views }: { views: number }) => views === 0)).toBe(true);
    await packAllEvents(server.app);
    expect((await countSegments(page)).length).toBeGreaterThan(0);
    expect(await server.readAnalytics(page, '?country=-AT,DE')).toEqual(before);
  });

  it('of a page of a workspace add up', async () => {
    const page = await server.publishPage();
    await writeMany(page, createEvents(page, 1_000));
    const second = await server.as(page, 'POST', '/api/pages', { handle: `${page.username}-two` });
    await writeMany({ ...page, pageId: second.body.id }, createEvents(page, 500));
    await packAllEvents(server.app);
    const { body } = await server.as(page, 'GET', `/api/workspaces/${page.user.id}/analytics?via=web`);
    expect(body.totals.views + body.totals.clicks).toBe(1_500);
    expect(
      body.pages.map(({ views, clicks }: Record<string, number>) => (views ?? 0) + (clicks ?? 0)),
    ).toEqual([1_000, 500]);
    expect(body.devices).toEqual([{ name: 'unknown', views: 1_125, clicks: 375 }]);
  });
});
