import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { testEnv } from '@linkgrove/api/testing';
import { type Capture, captureSignUp } from './lib/capture.ts';
import { readPostgresCpu } from './lib/cpu.ts';
import { startBenchDatabase } from './lib/database.ts';
import { findMedian, formatRow } from './lib/figures.ts';
import { findPgbench, runPgbench } from './lib/pgbench.ts';
import { runWithRollUp } from './lib/roll-up.ts';
import { type ServerCpu, type ServerProcess, startServers } from './lib/servers.ts';
import { runSignUps } from './lib/sign-up-load.ts';
import { openSql } from './lib/sql.ts';

// Compares sign-ups per second for one viral referrer, over HTTP without password hashing, with pgbench running the same
// statement. Usage: npm run bench:sign-up -- [--seconds 5] [--rounds 3] [--clients 64]
// [--processes 3]
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    clients: { type: 'string', default: '64' },
    processes: { type: 'string', default: String(Math.max(2, availableParallelism() - 1)) },
  },
});
const seconds = Number(values.seconds);
const rounds = Number(values.rounds);
const clients = Number(values.clients);
const processes = Number(values.processes);
const REFERENCE = 'pgbench -M extended';
const WARM_UP_SECONDS = 4;

type Result = { perSecond: number; postgresMs: number; serverMs: number; mainMs: number; backlog?: number };
type Variant = { servers?: ServerProcess[]; run: () => Promise<{ result: number; backlog?: number }> };

async function readServerCpu(servers: ServerProcess[]): Promise<ServerCpu> {
  const sum = { all: 0, main: 0 };
  for (const server of servers) {
    const { all, main } = await server.cpu();
    sum.all += all;
    sum.main += main;
  }
  return sum;
}

async function measureVariant(dataDir: string, { servers = [], run }: Variant): Promise<Result> {
  const before = { postgres: readPostgresCpu(dataDir), server: await readServerCpu(servers) };
  const start = performance.now();
  const { result: perSecond, backlog } = await run();
  const count = (perSecond * (performance.now() - start)) / 1_000;
  const cpu = await readServerCpu(servers);
  return {
    perSecond,
    postgresMs: ((readPostgresCpu(dataDir) - before.postgres) / count) * 1_000,
    serverMs: ((cpu.all - before.server.all) / count) * 1_000,
    mainMs: ((cpu.main - before.server.main) / count) * 1_000,
    ...(backlog !== undefined && { backlog }),
  };
}

function printResults(results: Map<string, Result[]>): void {
  const widths = { first: 44, cell: 12 };
  console.log(`\n${clients} clients, ${availableParallelism()} cores, median of ${rounds} x ${seconds} s`);
  const titles = ['sign-ups/s', 'of pgbench', 'ms database', 'ms server', 'main thread', 'backlog'];
  console.log(formatRow('(ms of CPU time per sign-up)', titles, widths));
  const reference = results.get(REFERENCE) ?? [];
  for (const [name, all] of results) {
    // Compared with pgbench in the same round, so that other load on the machine matters less.
    const ratios = all.map(({ perSecond }, round) => perSecond / (reference[round]?.perSecond ?? 1));
    const backlogs = all.flatMap(({ backlog }) => backlog ?? []);
    const cells = [
      findMedian(all.map(({ perSecond }) => perSecond)).toFixed(0),
      findMedian(ratios).toFixed(2),
      findMedian(all.map(({ postgresMs }) => postgresMs)).toFixed(2),
      findMedian(all.map(({ serverMs }) => serverMs)).toFixed(2),
      findMedian(all.map(({ mainMs }) => mainMs)).toFixed(2),
      backlogs.length > 0 ? Math.max(...backlogs) : '',
    ];
    console.log(formatRow(name, cells, widths));
  }
}

const command = findPgbench();
const database = await startBenchDatabase({
  shared_preload_libraries: 'pg_stat_statements',
  'pg_stat_statements.track': 'none',
  max_connections: '300',
});
const sql = openSql(database.url);
const env = testEnv({
  DATABASE_URL: database.url,
  DATA_DIR: database.dataDir,
  LOG_LEVEL: 'info',
  TRUST_PROXY: '127.0.0.1',
});
const pgbenchOptions = { command, url: database.url, folder: database.dataDir, clients, seconds };
const servers: ServerProcess[] = [];

function createVariants({ code, script }: Capture, full: ServerProcess[], bare: ServerProcess[]) {
  const viaPgbench = (mode: 'extended' | 'prepared'): Variant => ({
    run: async () => ({ result: await runPgbench(script, { ...pgbenchOptions, mode }) }),
  });
  const viaServers = (some: ServerProcess[]): Variant => ({
    servers: some,
    run: async () => ({ result: await runSignUps({ servers: some, code, clients, seconds }) }),
  });
  const withRollUp = (some: ServerProcess[]): Variant => ({
    servers: some,
    run: () => runWithRollUp(sql, env, () => runSignUps({ servers: some, code, clients, seconds })),
  });
  return new Map<string, Variant>([
    [REFERENCE, viaPgbench('extended')],
    ['pgbench -M prepared', viaPgbench('prepared')],
    ['1 process', viaServers(full.slice(0, 1))],
    [`${processes} processes`, viaServers(full)],
    ['1 process, passwords not judged', viaServers(bare.slice(0, 1))],
    [`${processes} processes, passwords not judged`, viaServers(bare)],
    [`${processes} processes, not judged, with the roll-up`, withRollUp(bare)],
  ]);
}

try {
  const capture = await captureSignUp(sql, env, 200);
  const { statements, planningMs, executionMs } = capture.cost;
  console.log(
    `One sign-up: ${statements.toFixed(2)} statements of ${capture.parameters} parameters, ` +
      `planned in ${planningMs.toFixed(2)} ms and executed in ${executionMs.toFixed(2)} ms`,
  );
  const full = await startServers(processes, env);
  const bare = await startServers(processes, env, ['--no-strength']);
  servers.push(...full, ...bare);
  for (const warm of [full, bare]) {
    await runSignUps({ servers: warm, code: capture.code, clients, seconds: WARM_UP_SECONDS });
  }
  const results = new Map<string, Result[]>();
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, variant] of createVariants(capture, full, bare)) {
      results.set(name, [...(results.get(name) ?? []), await measureVariant(database.dataDir, variant)]);
    }
  }
  printResults(results);
} finally {
  await Promise.all(servers.map((server) => server.stop()));
  await sql.close();
  await database.stop();
}
