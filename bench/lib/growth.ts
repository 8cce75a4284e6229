import { type App, createApp, createLogger, type Env, parseConfig } from '@linkgrove/api';
import { findMedian, formatRow } from './figures.ts';
import { buildAddress } from './people.ts';

const WIDTHS = { first: 30, cell: 16 };
const SIZES = [10, 10_000, 1_000_000];
const READS = 2_000;
const BLOCKS = 8;

type Fill = (app: App, n: number) => Promise<unknown>;

const buildPage = (n: number) => ({
  id: `page ${n}`,
  handle: `handle${n}`,
  blocks: Array.from({ length: BLOCKS }, (_, block) => ({
    id: `block ${n} ${block}`,
    url: `https://example.com/${n}/${block}`,
  })),
});

/** With the number of entries at which each stops growing. */
const FILLS: [name: string, bound: number, fill: Fill][] = [
  [
    'live sessions',
    50_000,
    (app, n) =>
      app
        .cache('sessions')
        .get(`session ${n}`, async () => ({ userId: `user ${n}`, endsAt: Date.now() + n })),
  ],
  ['cached pages', 5_000, (app, n) => app.cache('public-pages').get(`handle${n}`, async () => buildPage(n))],
  ['keys of one limit', 50_000, (app, n) => app.limiter.consume('global', buildAddress(n))],
];

function readHeap(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function measureGrowth(
  app: App,
  fill: Fill,
  count: number,
): Promise<{ bytes: number; microseconds: number }> {
  const before = readHeap();
  for (let n = 0; n < count; n += 1) await fill(app, n);
  const bytes = readHeap() - before;
  const times: number[] = [];
  for (let read = 0; read < READS; read += 1) {
    const start = performance.now();
    await fill(app, count - 1 - (read % Math.min(count, READS)));
    times.push((performance.now() - start) * 1_000);
  }
  return { bytes, microseconds: findMedian(times) };
}

/** Prints how memory and the time of one access grow with the number of keys that were seen. */
export async function printGrowth(env: Env, most: number): Promise<void> {
  const logger = createLogger({ level: 'silent', name: 'bench' });
  console.log('\nMemory held after so many different keys, and the time of one access');
  const sizes = SIZES.map((size) => Math.min(size, most));
  const titles = sizes.map((size) => size.toLocaleString('en'));
  console.log(formatRow('', [...titles, 'at most', 'each'], WIDTHS));
  for (const [name, bound, fill] of FILLS) {
    const cells: string[] = [];
    let each = 0;
    for (const size of sizes) {
      const app = await createApp({
        config: parseConfig(env),
        databaseUrl: String(env['DATABASE_URL']),
        logger,
      });
      const { bytes, microseconds } = await measureGrowth(app, fill, size);
      each = bytes / Math.min(size, bound);
      cells.push(`${(bytes / 1_048_576).toFixed(1)} MB ${microseconds.toFixed(1)} µs`);
      await app.close();
    }
    console.log(formatRow(name, [...cells, bound.toLocaleString('en'), `${each.toFixed(0)} B`], WIDTHS));
  }
}
