import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { testEnv } from '@linkgrove/api/testing';
import { type Capture, captureSignUp } from './lib/capture.ts';
import { postgresCpu } from './lib/cpu.ts';
import { startBenchDatabase } from './lib/database.ts';
import { median, row } from './lib/figures.ts';
import { findPgbench, runPgbench } from './lib/pgbench.ts';
import { withRollUp } from './lib/roll-up.ts';
import { type ServerProcess, startServers } from './lib/servers.ts';
import { signUpAt } from './lib/sign-up-load.ts';
import { openSql } from './lib/sql.ts';

// Sign-ups per second for one viral referrer, by HTTP with the hashing of passwords taken out, against pgbench
// repeating the same statement. Usage: npm run bench:sign-up -- [--seconds 5] [--rounds 3] [--clients 64]
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

type Result = { perSecond: number; postgresMs: number; serverMs: number; backlog?: number };
type Variant = { servers?: ServerProcess[]; run: () => Promise<{ result: number; backlog?: number }> };

async function cpuOf(servers: ServerProcess[]): Promise<number> {
  let sum = 0;
  for (const server of servers) sum += await server.cpu();
  return sum;
}

/** Runs a variant and measures what CPU time each of its sign-ups took. */
async function measure(dataDir: string, { servers = [], run }: Variant): Promise<Result> {
  const before = { postgres: postgresCpu(dataDir), server: await cpuOf(servers) };
  const start = performance.now();
  const { result: perSecond, backlog } = await run();
  const count = (perSecond * (performance.now() - start)) / 1_000;
  return {
    perSecond,
    postgresMs: ((postgresCpu(dataDir) - before.postgres) / count) * 1_000,
    serverMs: (((await cpuOf(servers)) - before.server) / count) * 1_000,
    ...(backlog !== undefined && { backlog }),
  };
}

function report(results: Map<string, Result[]>): void {
  const widths = { first: 44, cell: 12 };
  console.log(`\n${clients} clients, ${availableParallelism()} cores, median of ${rounds} x ${seconds} s`);
  const titles = ['sign-ups/s', 'of pgbench', 'ms database', 'ms server', 'backlog'];
  console.log(row('(ms of CPU time per sign-up)', titles, widths));
  const reference = results.get(REFERENCE) ?? [];
  for (const [name, all] of results) {
    // Each against the pgbench of its own round, so that what else the machine does meanwhile counts less.
    const ratios = all.map(({ perSecond }, round) => perSecond / (reference[round]?.perSecond ?? 1));
    const backlogs = all.flatMap(({ backlog }) => backlog ?? []);
    const cells = [
      median(all.map(({ perSecond }) => perSecond)).toFixed(0),
      median(ratios).toFixed(2),
      median(all.map(({ postgresMs }) => postgresMs)).toFixed(2),
      median(all.map(({ serverMs }) => serverMs)).toFixed(2),
      backlogs.length > 0 ? Math.max(...backlogs) : '',
    ];
    console.log(row(name, cells, widths));
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

function variantsOf({ code, script }: Capture, full: ServerProcess[], bare: ServerProcess[]) {
  const pgbench = (mode: 'extended' | 'prepared'): Variant => ({
    run: async () => ({ result: await runPgbench(script, { ...pgbenchOptions, mode }) }),
  });
  const at = (some: ServerProcess[]): Variant => ({
    servers: some,
    run: async () => ({ result: await signUpAt({ servers: some, code, clients, seconds }) }),
  });
  const rolledUp = (some: ServerProcess[]): Variant => ({
    servers: some,
    run: () => withRollUp(sql, env, () => signUpAt({ servers: some, code, clients, seconds })),
  });
  return new Map<string, Variant>([
    [REFERENCE, pgbench('extended')],
    ['pgbench -M prepared', pgbench('prepared')],
    ['1 process', at(full.slice(0, 1))],
    [`${processes} processes`, at(full)],
    ['1 process, passwords not judged', at(bare.slice(0, 1))],
    [`${processes} processes, passwords not judged`, at(bare)],
    [`${processes} processes, not judged, with the roll-up`, rolledUp(bare)],
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
    await signUpAt({ servers: warm, code: capture.code, clients, seconds: WARM_UP_SECONDS });
  }
  const results = new Map<string, Result[]>();
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, variant] of variantsOf(capture, full, bare)) {
      results.set(name, [...(results.get(name) ?? []), await measure(database.dataDir, variant)]);
    }
  }
  report(results);
} finally {
  await Promise.all(servers.map((server) => server.stop()));
  await sql.close();
  await database.stop();
}
