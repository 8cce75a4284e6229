import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { qualifyDueReferrals, refreshLeaderboard, rollUpDeltas, settleCredits } from '@linkgrove/api/jobs';
import { testEnv } from '@linkgrove/api/testing';
import { startBenchDatabase } from './lib/database.ts';
import { formatRow } from './lib/figures.ts';
import { createCursorAt, openReader, type Reader, type Times } from './lib/reads.ts';
import { BACKLOG, BUSY, DUE, fillDatabase, SMALL, toCode, VIRAL } from './lib/referral-data.ts';
import { openSql } from './lib/sql.ts';
import { formatPercentile } from './server.ts';

// Measures each endpoint for users with 10, 10,000 and a tenth of all referrals, in a database with ten million.
// Needs about 17 GB in the temporary folder, and 15 minutes to build.
// Usage: npm run bench:referral-reads -- [--rows 10000000] [--count 50]
const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '10000000' },
    count: { type: 'string', default: '50' },
  },
});
const rows = Number(values.rows);
const count = Number(values.count);
const WIDTHS = { first: 46, cell: 20 };
const WARM_UP = 200;
const USERS = [SMALL, BUSY, VIRAL];

const formatTimes = (times: Times): string =>
  `${formatPercentile(times, 0.5)} / ${formatPercentile(times, 0.99)}`;

const OWN_ENDPOINTS: [name: string, path: string][] = [
  ['GET /api/referral-stats', '/api/referral-stats?days=365'],
  ['  in another time zone', '/api/referral-stats?days=365&timezone=Europe/Berlin'],
  ['GET /api/referral-funnel', '/api/referral-funnel?days=365'],
  ['GET /api/referrals', '/api/referrals'],
  ['  ?status=pending', '/api/referrals?status=pending'],
  ['  ?status=successful', '/api/referrals?status=successful'],
  ['  a page in the middle', `/api/referrals?cursor=${createCursorAt('referral', Math.floor(rows / 2))}`],
  [
    '  ?status=rejected, a page near the end',
    `/api/referrals?status=rejected&cursor=${createCursorAt('referral', Math.floor(rows / 50))}`,
  ],
  ['GET /api/referral-links', '/api/referral-links'],
  ['GET /api/rewards', '/api/rewards'],
  ['  a page in the middle', `/api/rewards?cursor=${createCursorAt('reward', Math.floor(rows / 2))}`],
];

const OTHER_ENDPOINTS: [name: string, path: string, status?: number][] = [
  ['GET /api/referral-leaderboard', '/api/referral-leaderboard'],
  ['  ?period=month', '/api/referral-leaderboard?period=month'],
  ['  ?period=week', '/api/referral-leaderboard?period=week'],
  ['GET /api/referral-codes/{code}', `/api/referral-codes/${toCode(VIRAL)}`],
  ['GET /r/{code}, counted', `/r/${toCode(VIRAL)}`, 302],
  ['GET /api/admin/referrals', '/api/admin/referrals'],
  [
    '  a page in the middle',
    `/api/admin/referrals?cursor=${createCursorAt('referral', Math.floor(rows / 2))}`,
  ],
  ['  ?status=pending', '/api/admin/referrals?status=pending'],
  ['  ?status=rejected', '/api/admin/referrals?status=rejected'],
  ['  ?status=successful', '/api/admin/referrals?status=successful'],
];

async function measureReads({ time }: Reader, title: string, temperatures: boolean[]): Promise<void> {
  for (const cold of temperatures) {
    console.log(`\n${title}, ${cold ? 'nothing cached' : 'again within a second'}: p50 / p99 in ms`);
    console.log(
      formatRow('referrals of the user', ['10', '10,000', (rows / 10).toLocaleString('en')], WIDTHS),
    );
    for (const [name, path] of OWN_ENDPOINTS) {
      const cells: string[] = [];
      for (const u of USERS) cells.push(formatTimes(await time({ path, u, count, cold })));
      console.log(formatRow(name, cells, WIDTHS));
    }
    for (const [name, path, status = 200] of OTHER_ENDPOINTS) {
      const u = path.startsWith('/api/admin') ? SMALL : 0;
      console.log(formatRow(name, [formatTimes(await time({ path, u, count, cold, status }))], WIDTHS));
    }
  }
}

async function measureJobs({ app }: Reader): Promise<void> {
  const jobs: [string, () => Promise<unknown>][] = [
    ['leaderboard refresh', () => refreshLeaderboard(app)],
    [`roll-up of ${BACKLOG} and the visits`, () => rollUpDeltas(app)],
    ['roll-up of nothing', () => rollUpDeltas(app)],
    [`settling ${BACKLOG / 2} credits`, () => settleCredits(app)],
    ['settling nothing', () => settleCredits(app)],
    [`qualifying ${DUE} due referrals`, () => qualifyDueReferrals(app)],
    ['qualifying none', () => qualifyDueReferrals(app)],
    ['leaderboard refresh', () => refreshLeaderboard(app)],
  ];
  console.log('\nThe worker, once each: ms');
  for (const [name, run] of jobs) {
    const started = performance.now();
    await run();
    console.log(formatRow(name, [(performance.now() - started).toFixed(1)], WIDTHS));
  }
}

console.log(
  `${rows.toLocaleString('en')} referrals, ${availableParallelism()} cores, ${count} requests each`,
);
const database = await startBenchDatabase();
const sql = openSql(database.url);
try {
  const start = performance.now();
  await fillDatabase(sql, rows, (line) => console.log(`  ${line}`));
  const [size] = await sql.run<{ size: string }>(
    'select pg_size_pretty(pg_database_size(current_database())) as size',
  );
  console.log(`Built in ${((performance.now() - start) / 1_000).toFixed(0)} s: ${size?.size}`);
  const env = testEnv({
    DATABASE_URL: database.url,
    DATA_DIR: database.dataDir,
    TRUST_PROXY: '127.0.0.1',
  });
  const reader = await openReader(env);
  try {
    await refreshLeaderboard(reader.app);
    await reader.time({ path: '/api/referrals', u: SMALL, count: WARM_UP, cold: true });
    await measureReads(reader, `${BACKLOG} deltas not rolled up`, [true, false]);
    await measureJobs(reader);
    await measureReads(reader, 'All rolled up', [true]);
  } finally {
    await reader.close();
  }
} finally {
  await sql.close();
  await database.stop();
}
