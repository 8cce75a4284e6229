import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort, testEnv } from '@linkgrove/api/testing';
import { MEMORY_SETTINGS, PROGRAM_FLAGS } from '../scripts/lib/program-settings.ts';
import { buildPrograms, readMemory, startBuilt } from './lib/built.ts';
import { startBenchDatabase } from './lib/database.ts';
import { findMedian, formatRow } from './lib/figures.ts';
import { type Inspector, openInspector } from './lib/inspect.ts';
import { signUpMembers } from './lib/mixed-load.ts';
import { startPacedLoad } from './lib/paced-load.ts';

// Sends a built server requests at a steady rate and prints its memory every minute, with a worker beside it. Each
// twentieth request signs somebody up. V8 collects garbage when it wants to; only the first and the last line are
// measured after a forced collection.
// Usage: npm run bench:soak -- [--minutes 30] [--rate 100] [--every 60]
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    rate: { type: 'string', default: '100' },
    every: { type: 'string', default: '60' },
  },
});
const [minutes, rate, everySeconds] = [Number(values.minutes), Number(values.rate), Number(values.every)];
const MEMBERS = 200;
const WIDTHS = { first: 10, cell: 15 };
const BYTES_PER_MEGABYTE = 1_048_576;

/** Keeps the size of the heap after each major collection, which is what was alive, and what V8 adds to it until the next. */
const WATCH_COLLECTIONS = `{
  const { PerformanceObserver, constants } = process.getBuiltinModule('node:perf_hooks');
  globalThis.soak = { major: 0, live: 0 };
  new PerformanceObserver((list) => {
    if (list.getEntries().every(({ detail }) => detail.kind !== constants.NODE_PERFORMANCE_GC_MAJOR)) return;
    soak.major += 1;
    soak.live = process.memoryUsage().heapUsed;
  }).observe({ entryTypes: ['gc'] });
}`;
const READ_HEAP = `JSON.stringify({ ...globalThis.soak, ...process.memoryUsage() })`;

type Heap = { major: number; live: number; heapUsed: number; heapTotal: number; external: number };
async function readHeap(inspector: Inspector): Promise<Heap> {
  const heap: Heap = JSON.parse(await inspector.evaluate(READ_HEAP));
  return heap;
}
const toMegabytes = (bytes: number): string => `${(bytes / BYTES_PER_MEGABYTE).toFixed(1)} MB`;

async function readLiveHeap(inspector: Inspector): Promise<string> {
  await inspector.collectGarbage();
  return toMegabytes((await readHeap(inspector)).heapUsed);
}

buildPrograms();
const database = await startBenchDatabase({ max_connections: '100' });
const env = testEnv({
  DATABASE_URL: database.url,
  DATA_DIR: database.dataDir,
  BCRYPT_COST: '10',
  DOCS: 'false',
  LOG_LEVEL: 'info',
  TRUST_PROXY: '127.0.0.1',
  ...MEMORY_SETTINGS,
});
const inspectPort = await findFreePort();
const worker = await startBuilt('worker', env, PROGRAM_FLAGS.worker);
const server = await startBuilt('server', env, [
  ...PROGRAM_FLAGS.server,
  `--inspect=${inspectPort}`,
  '--inspect-publish-uid=http',
]);
const inspector = await openInspector(inspectPort);
try {
  await inspector.evaluate(WATCH_COLLECTIONS);
  const members = await signUpMembers(server.port, MEMBERS);
  const before = await readLiveHeap(inspector);
  const titles = ['resident', 'live heap', 'V8 holds', 'collections', 'worker', 'requests', 'median'];
  console.log(`${rate} requests/s for ${minutes} min; the live heap is ${before} before`);
  console.log(formatRow('', titles, WIDTHS));
  const load = startPacedLoad({ port: server.port, members, rate });
  const rounds = Math.round((minutes * 60) / everySeconds);
  for (let round = 1; round <= rounds; round += 1) {
    await Promise.race([sleep(everySeconds * 1_000), load.failed]);
    const heap = await readHeap(inspector);
    const times = load.takeTimes();
    const cells = [
      `${readMemory(server.pid).resident.toFixed(0)} MB`,
      toMegabytes(heap.live),
      toMegabytes(heap.heapTotal + heap.external),
      heap.major,
      `${readMemory(worker.pid).resident.toFixed(0)} MB`,
      times.length,
      `${findMedian(times).toFixed(1)} ms`,
    ];
    console.log(formatRow(`${((round * everySeconds) / 60).toFixed(1)} min`, cells, WIDTHS));
  }
  await load.stop();
  console.log(`The live heap is ${await readLiveHeap(inspector)} after, ${before} before`);
} finally {
  inspector.close();
  await Promise.all([server.stop(), worker.stop()]);
  await database.stop();
}
