import { randomUUID } from 'node:crypto';
import { createPartitions, reconcileCounts, packAllEvents } from '@linkgrove/api/jobs';
import { startProgram, type TestProgram } from '@linkgrove/api/testing';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { ANALYTICS_ENV, asVisitor, createAnalyticsKit } from '../analytics/kit.ts';
import { crowd, startInstance, useTestServer } from '../kit/index.ts';

const EVENTS_PER_PROCESS = process.env['FAULTS'] === 'all' ? 500_000 : 10_000;
const FLOOD_MS = 900_000;

const server = useTestServer({ env: ANALYTICS_ENV });

const pages = Array.from({ length: 20 }, () => ({
  pageId: randomUUID(),
  workspaceId: randomUUID(),
  blockId: randomUUID(),
}));
const startFlood = (seed: number, events: number): Promise<TestProgram> =>
  startProgram('apps/server/test/analytics/flood-program.ts', {
    DATABASE_URL: server.databaseUrl,
    PAGES: JSON.stringify(pages),
    EVENTS: String(events),
    SEED: String(seed),
  });
const listWritten = (program: TestProgram) =>
  [...program.output().matchAll(/^written (\S+) (\d+)$/gm)].map(([, id = '', events]) => ({
    id,
    events: Number(events),
  }));
const sumEvents = (batches: { events: number }[]) => batches.reduce((sum, { events }) => sum + events, 0);

async function readNumbers() {
  const { rows } = await sql<Record<'events' | 'slots' | 'batches', number>>`
    select
      (select sum(count) from analytics_events) as events,
      (select sum(views + clicks + bots + owner + repeats + dropped) from analytics_slots) as slots,
      (select sum(events) from analytics_batches) as batches`.execute(server.app.db);
  return rows[0];
}

async function expectHealthy(): Promise<void> {
  const alerts: unknown[] = [];
  await reconcileCounts({
    db: server.app.db,
    config: { ...server.app.config, databaseUrl: server.databaseUrl },
    logger: { error: (alert: unknown) => alerts.push(alert) } as never,
  });
  expect(alerts).toEqual([]);
}

describe('analytics', () => {
  it(
    'FT42 lose and double nothing that was written when one of two processes is killed',
    async () => {
      await createPartitions(server.app);
      // The victim has so much to do that it is killed long before its end.
      const [survivor, victim] = [
        await startFlood(1, EVENTS_PER_PROCESS),
        await startFlood(2, 20 * EVENTS_PER_PROCESS),
      ];
      await expect.poll(() => listWritten(victim).length, { timeout: FLOOD_MS }).toBeGreaterThan(2);
      victim.signal('SIGKILL');
      expect(await victim.ended).toBeNull();
      expect(await survivor.ended).toBe(0);
      const acknowledged = [...listWritten(survivor), ...listWritten(victim)];
      expect(sumEvents(listWritten(survivor))).toBe(EVENTS_PER_PROCESS);
      const stored = await server.app.db.selectFrom('analytics_batches').select(['id', 'events']).execute();
      expect(stored).toEqual(expect.arrayContaining(acknowledged));
      // At most the batch whose answer the killed process never read.
      expect(stored.length - acknowledged.length).toBeLessThanOrEqual(1);
      const { events, slots, batches } = (await readNumbers()) ?? {};
      expect([events, slots]).toEqual([batches, batches]);
      for (const name of ['bots', 'owner', 'repeats'] as const) {
        const { rows } = await sql<{
          sum: number;
        }>`select sum(${sql.ref(name)}) as sum from analytics_slots`.execute(server.app.db);
        expect(rows[0]?.sum).toBeGreaterThan(0);
      }
      await expectHealthy();
      await packAllEvents(server.app);
      await expectHealthy();
    },
    FLOOD_MS,
  );

  it('FT43 of 3,000 views that come just before a clean stop are all there', async () => {
    const instance = await startInstance(server.databaseUrl, ANALYTICS_ENV);
    const kit = createAnalyticsKit({ ...server, ...instance });
    const page = await kit.publishPage();
    await crowd(3_000, 50, async () => {
      expect((await kit.view(page, asVisitor())).status).toBe(200);
    });
    await instance.close();
    const { rows } = await sql`
      select sum(views)::int as views, sum(visitors)::int as visitors from analytics_slots
      where page_id = ${page.pageId}`.execute(server.app.db);
    expect(rows).toEqual([{ views: 3_000, visitors: 3_000 }]);
  });

  it('FT44 survive a database that is away for a while', async () => {
    const kit = createAnalyticsKit(server);
    const page = await kit.publishPage();
    await kit.view(page);
    await sql`alter table analytics_slots rename to analytics_slots_away`.execute(server.app.db);
    await kit.view(page);
    await server.app.recorder.settle();
    await sql`alter table analytics_slots_away rename to analytics_slots`.execute(server.app.db);
    await server.app.recorder.settle();
    expect((await kit.readAnalytics(page)).totals).toMatchObject({ views: 2, visitors: 2 });
  });
});
