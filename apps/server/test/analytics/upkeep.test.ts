import {
  type App,
  createPartitions,
  deleteOldVisitorSalts,
  dropExpiredEvents,
  eraseAnalytics,
  reconcileCounts,
} from '@linkgrove/api/jobs';
import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import { createTeam, PASSWORD } from '../kit/index.ts';
import { type TestEvent, writeEvents } from './batches.ts';
import { asVisitor, type PublishedPage, useAnalyticsServer } from './kit.ts';

const server = useAnalyticsServer();
let app: App;
beforeAll(() => {
  ({ app } = server);
});

const DAY_MS = 86_400_000;
const daysAgoPart = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString();
const listPartitions = async (table: string) => {
  const { rows } = await sql<{ name: string; rows: number }>`
    select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = ${table}::regclass order by 1`.execute(app.db);
  return rows.map(({ name }) => name);
};
const countRows = async (table: string) => {
  const { rows } = await sql<{ count: number }>`select count(*) as count from ${sql.table(table)}`.execute(
    app.db,
  );
  return rows[0]?.count;
};
/** What the doctor would alert to. */
const findDifferences = async () => {
  const alerts: unknown[] = [];
  await reconcileCounts({
    db: app.db,
    config: { ...app.config, databaseUrl: undefined },
    logger: { error: (alert: unknown) => alerts.push(alert) } as never,
  });
  return alerts;
};

const spread = (count: number, from: number, to: number): TestEvent[] =>
  Array.from({ length: count }, (_, n) => ({
    at: new Date(from + ((to - from) * n) / count).toISOString(),
    country: ['AT', 'DE', null][n % 3] ?? null,
    referrer: `site${n % 7}.example`,
  }));

describe('partitions', () => {
  it('are made ahead, and take over what came before them', async () => {
    const page = await server.publishPage();
    await writeEvents(app, page.pageId, [{ at: daysAgoPart(0) }, { at: daysAgoPart(0) }]);
    expect(await countRows('analytics_events_default')).toBe(2);
    await createPartitions(app);
    await createPartitions(app);
    expect(await listPartitions('analytics_events')).toHaveLength(4);
    expect(await listPartitions('analytics_visitors')).toHaveLength(9);
    expect([
      await countRows('analytics_events_default'),
      await countRows('analytics_visitors_default'),
    ]).toEqual([0, 0]);
    expect((await server.readAnalytics(page)).totals).toMatchObject({ views: 2, visitors: 2 });
  });

  it('of visitors are dropped after two days, and so are salts', async () => {
    const page = await server.publishPage();
    await writeEvents(app, page.pageId, [
      { at: daysAgoPart(0) },
      { at: daysAgoPart(1) },
      { at: daysAgoPart(2) },
    ]);
    await createPartitions(app);
    await sql`insert into visitor_salts values (current_date - 2, ${Buffer.alloc(32)})`.execute(app.db);
    await dropExpiredEvents(app);
    await deleteOldVisitorSalts(app);
    const { rows } = await sql<{ ago: number }>`
      select distinct (now() at time zone 'utc')::date - day as ago from analytics_visitors
      where page_id = ${page.pageId} order by 1`.execute(app.db);
    expect(rows.map(({ ago }) => ago)).toEqual([0, 1]);
    expect((await server.readAnalytics(page, '?from=2026-01-01')).totals.views).toBe(3);
  });
});

describe('a month whose events expire', () => {
  const listMonthDays = (page: PublishedPage) => server.readAnalytics(page, '?from=2026-01-01&to=2026-02-28');

  it('keeps its counts by quarter of an hour and its breakdowns', async () => {
    const page = await server.publishPage();
    await writeEvents(app, page.pageId, [
      ...spread(300, Date.parse('2026-01-01T00:00:00Z'), Date.parse('2026-01-31T23:00:00Z')),
      { at: '2026-01-15T12:00:00Z', blockId: page.blockId },
    ]);
    await server.view(page, asVisitor());
    const before = await listMonthDays(page);
    const kolkata = await server.readAnalytics(page, '?from=2026-01-03&to=2026-01-09&timezone=Asia/Kolkata');
    await createPartitions(app);
    expect(await listPartitions('analytics_events')).toContain('analytics_events_202601');
    await dropExpiredEvents(app);
    expect(await listPartitions('analytics_events')).not.toContain('analytics_events_202601');
    const after = await server.readAnalytics(page, '?from=2026-01-01T00:00:00Z&to=2026-02-28');
    expect(after).toEqual({ ...before, detailsSince: '2026-02-01T00:00:00.000Z' });
    expect(after.totals).toMatchObject({ views: 300, clicks: 1 });
    expect(after.blocks).toEqual([{ id: page.blockId, title: 'Essay', clicks: 1 }]);
    const { series } = await server.readAnalytics(
      page,
      '?from=2026-01-03&to=2026-01-09&timezone=Asia/Kolkata&interval=day&groupBy=via',
    );
    expect(series).toEqual(kolkata.series);
    expect(await findDifferences()).toEqual([]);
  });
});

describe('the doctor', () => {
  it('finds every changed count', async () => {
    const page = await server.publishPage();
    await server.view(page);
    await server.view(page, asVisitor({ 'user-agent': 'curl/8' }));
    await app.recorder.settle();
    expect(await findDifferences()).toEqual([]);
    for (const column of ['views', 'clicks', 'visitors', 'bots', 'owner', 'repeats', 'dropped']) {
      const change = (by: number) =>
        sql`update analytics_slots set ${sql.ref(column)} = ${sql.ref(column)} + ${by} where page_id = ${page.pageId}`.execute(
          app.db,
        );
      await change(1);
      expect([column, (await findDifferences()).length]).toEqual([column, 1]);
      await change(-1);
    }
    expect(await findDifferences()).toEqual([]);
  });
});

describe('deleting an account', () => {
  it('destroys events, sources and titles, and keeps the sums', async () => {
    const page = await server.publishPage();
    await server.view(page);
    await server.click(page);
    await server.readAnalytics(page);
    const answer = await server.as(page, 'DELETE', '/api/me', { password: PASSWORD });
    expect(answer.status).toBe(204);
    await eraseAnalytics(app);
    for (const table of [
      'analytics_events',
      'analytics_visitors',
      'analytics_segments',
      'analytics_blocks',
      'analytics_settings',
    ]) {
      const { rows } = await sql`select from ${sql.table(table)} where page_id = ${page.pageId}`.execute(
        app.db,
      );
      expect([table, rows.length]).toEqual([table, 0]);
    }
    const { rows } = await sql`
      select sum(views)::int as views, sum(clicks)::int as clicks from analytics_slots where page_id = ${page.pageId}`.execute(
      app.db,
    );
    expect(rows).toEqual([{ views: 1, clicks: 1 }]);
    expect(await findDifferences()).toEqual([]);
  });

  it('leaves the analytics of a team to the others in it', async () => {
    const [page, colleague] = [await server.publishPage(), await server.signUp()];
    const workspaceId = await createTeam(server, { owner: [page, colleague] });
    await server.as(page, 'POST', `/api/pages/${page.pageId}/transfer`, { workspaceId });
    await server.view(page);
    await server.readAnalytics(page);
    expect((await server.as(page, 'DELETE', '/api/me', { password: PASSWORD })).status).toBe(204);
    await eraseAnalytics(app);
    const read = await server.as(colleague, 'GET', `/api/pages/${page.pageId}/analytics?interval=week`);
    expect(read.body).toMatchObject({ totals: { views: 1 }, devices: [{ name: 'desktop', views: 1 }] });
    expect(await findDifferences()).toEqual([]);
  });
});
