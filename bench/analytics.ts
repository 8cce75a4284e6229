import { randomUUID } from 'node:crypto';
import { type App, createApp, createLogger, parseConfig } from '@linkgrove/api';
import { createPartitions, packAllEvents } from '@linkgrove/api/jobs';
import { createEventSink, createWatchedRecorder, readAnalyticsOf, testEnv } from '@linkgrove/api/testing';
import { createFlood } from '../apps/server/test/analytics/flood.ts';
import { createServer } from '../apps/server/src/server.ts';
import { fillEvents, HOT_PAGE, MIDDLE_PAGE } from './lib/analytics-data.ts';
import { formatRequest, openClient } from './lib/clients.ts';
import { type BenchDatabase, startBenchDatabase } from './lib/database.ts';

import { openSql } from './lib/sql.ts';
import { formatPercentile } from './server.ts';

// Measures how fast views and clicks are written, straight and through HTTP, how fast they are read, and what the buffer costs.
// Usage: npm run bench:analytics -- [sizes, such as 10000,1000000,10000000] [reads]
const sizes = (process.argv[2] ?? '10000,1000000').split(',').map(Number);
const reads = Number(process.argv[3] ?? 30);
const INGEST_SECONDS = 5;
const CONNECTIONS = 32;
const BATCH = 1_000;

const flood = createFlood(
  Array.from({ length: 1_000 }, () => ({
    pageId: randomUUID(),
    workspaceId: randomUUID(),
    blockId: randomUUID(),
  })),
  1,
);

async function measureStraight(app: App): Promise<void> {
  const sink = createEventSink(app);
  const { at } = flood();
  const write = (n: number) =>
    sink.write({
      id: randomUUID(),
      tallies: [],
      visits: [],
      events: Array.from({ length: BATCH }, (_, index) => ({
        at,
        pageId: `00000000-0000-7000-9000-${String((n * 7 + index * index) % 5_000).padStart(12, '0')}`,
        blockId: null,
        visitor: randomUUID().replaceAll('-', '').slice(0, 16),
        referrer: 'instagram.com',
        country: 'DE',
        region: null,
        device: 'mobile',
        browser: 'Instagram',
        os: 'iOS',
        language: 'de',
        utmSource: null,
        utmMedium: null,
        utmCampaign: null,
        via: null,
      })),
    });
  const started = performance.now();
  let written = 0;
  for (let n = 0; performance.now() - started < INGEST_SECONDS * 1_000; n += 1) {
    await write(n);
    written += BATCH;
  }
  const perSecond = written / ((performance.now() - started) / 1_000);
  console.log(`written straight: ${Math.round(perSecond).toLocaleString('en')} events/s, ${BATCH} a batch`);
}

async function measureHttp(app: App, path: string, port: number): Promise<void> {
  const started = performance.now();
  let sent = 0;
  const send = async (connection: number) => {
    const client = openClient(port);
    for (let n = 0; performance.now() - started < INGEST_SECONDS * 1_000; n += 1) {
      const address = `11.${connection}.${(n >> 8) & 255}.${n & 255}`;
      await client.send(formatRequest({ method: 'GET', path, headers: { 'x-forwarded-for': address } }));
      sent += 1;
    }
    client.close();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, connection) => send(connection)));
  const perSecond = sent / ((performance.now() - started) / 1_000);
  await app.recorder.settle();
  console.log(
    `through HTTP: ${Math.round(perSecond).toLocaleString('en')} page views/s, each counted (client, server and writing in one process)`,
  );
}

async function measureBuffer(app: App): Promise<void> {
  const recorder = createWatchedRecorder(app, () => {});
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  const held = 20_000;
  for (let n = 0; n < held; n += 1) recorder.push(flood());
  globalThis.gc?.();
  const megabytes = (process.memoryUsage().heapUsed - before) / 2 ** 20;
  console.log(`full buffer: ${held.toLocaleString('en')} captures take ${megabytes.toFixed(1)} MB`);
  await recorder.close();
}

/** A read that takes longer than a statement may is not measured. */
const time = (read: () => Promise<unknown>): Promise<string> =>
  timeReads(read).catch(() => 'too slow'.padStart(16));

async function timeReads(read: () => Promise<unknown>): Promise<string> {
  const times: number[] = [];
  for (let n = -3; n < reads; n += 1) {
    const started = performance.now();
    await read();
    if (n >= 0) times.push(performance.now() - started);
  }
  const sorted = times.toSorted((a, b) => a - b);
  return `${formatPercentile(sorted, 0.5)} / ${formatPercentile(sorted, 0.99)}`.padStart(16);
}

async function measureReads(app: App, title: string): Promise<void> {
  console.log(`${title}: milliseconds, p50 / p99, nothing cached`);
  for (const [name, id] of [
    ['hot page', HOT_PAGE],
    ['page of 10⁵', MIDDLE_PAGE],
  ] as const) {
    const cells = [
      await time(() => readAnalyticsOf.chart(app, id, {})),
      await time(() => readAnalyticsOf.chart(app, id, { timezone: 'Asia/Kolkata' })),
      await time(() => readAnalyticsOf.breakdowns(app, id, {})),
      await time(() => readAnalyticsOf.breakdowns(app, id, { groupBy: 'country' })),
      await time(() => readAnalyticsOf.chart(app, id, { country: 'DE' })),
      await time(() => readAnalyticsOf.breakdowns(app, id, { country: 'DE' })),
      await time(() => readAnalyticsOf.breakdowns(app, id, { country: 'DE', groupBy: 'referrer' })),
    ];
    console.log(`  ${name.padEnd(12)} ${cells.join('')}`);
  }
}

async function measureSizes(app: App, database: BenchDatabase): Promise<void> {
  const sql = openSql(database.url);
  console.log(
    `${' '.repeat(15)}${['30 days', '… Kolkata', 'all breakdowns', 'one breakdown', 'filtered chart', '… all', '… one'].map((text) => text.padStart(16)).join('')}`,
  );
  for (const size of sizes) {
    await fillEvents(sql, size);
    await measureReads(app, `${size.toLocaleString('en')} single events`);
    const started = performance.now();
    await packAllEvents(app);
    console.log(`packed in ${((performance.now() - started) / 1_000).toFixed(0)} s`);
    await measureReads(app, `${size.toLocaleString('en')} packed events`);
  }
  await sql.close();
}

const database = await startBenchDatabase({ shared_buffers: '1GB' });
const config = parseConfig(
  testEnv({
    DATABASE_URL: database.url,
    DATA_DIR: database.dataDir,
    TRUST_PROXY: '127.0.0.1',
    METRICS: 'false',
  }),
);
const app = await createApp({
  config,
  databaseUrl: database.url,
  logger: createLogger({ level: 'error', name: 'bench' }),
});
const server = await createServer(app);
try {
  await createPartitions(app);
  await measureStraight(app);
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  const answer = await server.inject({
    method: 'POST',
    url: '/api/register',
    payload: { email: 'ada@example.com', username: 'ada', password: 'correct-horse-battery' },
  });
  const { accessToken }: { accessToken: string } = answer.json();
  const headers = { authorization: `Bearer ${accessToken}` };
  const { items }: { items: { id: string }[] } = (await server.inject({ url: '/api/pages', headers })).json();
  const payload = { published: true };
  await server.inject({ method: 'PATCH', url: `/api/pages/${items[0]?.id}`, headers, payload });
  await measureHttp(app, '/@ada', Number(new URL(url).port));
  await measureBuffer(app);
  await measureSizes(app, database);
} finally {
  await server.close();
  await app.close();
  await database.stop();
}
