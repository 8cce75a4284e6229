import { parseArgs } from 'node:util';
import { testEnv } from '@linkgrove/api/testing';
import { buildPrograms, type BuiltProgram, type ProgramName, readMemory, startBuilt } from './lib/built.ts';
import { startBenchDatabase } from './lib/database.ts';
import { findMedian, formatRow } from './lib/figures.ts';
import { printGrowth } from './lib/growth.ts';
import { type Load, runMixedLoad, signUpMembers } from './lib/mixed-load.ts';
import { MEMORY_SETTINGS, PROGRAM_FLAGS } from '../scripts/lib/program-settings.ts';

// Measures resident memory of the built programs, idle and after load, and the memory of each cached entry.
// Usage: npm run bench:memory -- [--rounds 5] [--seconds 60] [--idle 10] [--entries 1000000] [--only idle,load,growth]
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '60' },
    idle: { type: 'string', default: '10' },
    entries: { type: 'string', default: '1000000' },
    only: { type: 'string', default: 'idle,load,growth' },
  },
});
const [rounds, seconds, idle] = [Number(values.rounds), Number(values.seconds), Number(values.idle)];
const parts = new Set(values.only.split(','));
const WIDTHS = { first: 42, cell: 14 };
const CLIENTS = 32;
/** How the documentation starts a server, and other settings to compare with. */
const VARIANTS: [name: string, flags: string[], settings?: Record<string, string> | undefined][] = [
  ['server, as documented', PROGRAM_FLAGS.server, MEMORY_SETTINGS],
  ['server, all compilers of V8', ['--max-semi-space-size=4', '--heap-growing-percent=20'], MEMORY_SETTINGS],
  ['server, defaults of V8', []],
];

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const formatMedian = (numbers: number[], unit: string) => `${findMedian(numbers).toFixed(0)} ${unit}`;

async function measureIdle(env: Record<string, string | undefined>): Promise<void> {
  const programs: [string, ProgramName, string[], (Record<string, string> | undefined)?][] = [
    ['a bare Node server', 'bare', []],
    ...VARIANTS.map(
      ([name, ...rest]): [string, ProgramName, string[], (Record<string, string> | undefined)?] => [
        name,
        'server',
        ...rest,
      ],
    ),
    ['worker, as documented', 'worker', PROGRAM_FLAGS.worker, MEMORY_SETTINGS],
  ];
  const all = new Map<string, { resident: number[]; anonymous: number[] }>();
  for (const [title] of programs) all.set(title, { resident: [], anonymous: [] });
  for (let round = 0; round < rounds; round += 1) {
    for (const [title, name, ...how] of round % 2 ? programs : programs.toReversed()) {
      const program = await startBuilt(name, { ...env, ...how[1] }, how[0]);
      await sleep(idle * 1_000);
      const { resident, anonymous } = readMemory(program.pid);
      all.get(title)?.resident.push(resident);
      all.get(title)?.anonymous.push(anonymous);
      await program.stop();
    }
  }
  console.log(`\nIdle for ${idle} s, median of ${rounds} rounds`);
  console.log(formatRow('', ['resident', 'not of files'], WIDTHS));
  for (const [title, { resident, anonymous }] of all)
    console.log(formatRow(title, [formatMedian(resident, 'MB'), formatMedian(anonymous, 'MB')], WIDTHS));
}

type Loaded = { resident: number; peak: number; load: Load };

async function runLoad(program: BuiltProgram): Promise<Loaded> {
  const members = await signUpMembers(program.port, CLIENTS);
  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, readMemory(program.pid).resident);
  }, 500);
  const load = await runMixedLoad({ program, members, clients: CLIENTS, seconds });
  clearInterval(watch);
  return { resident: readMemory(program.pid).resident, peak, load };
}

async function measureLoad(env: Record<string, string | undefined>): Promise<void> {
  const results = new Map<string, Loaded[]>(VARIANTS.map(([name]) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, flags, settings] of round % 2 ? VARIANTS : VARIANTS.toReversed()) {
      const program = await startBuilt('server', { ...env, ...settings }, flags);
      results.get(name)?.push(await runLoad(program));
      await program.stop();
    }
  }
  console.log(`\nAfter ${seconds} s of load by ${CLIENTS} clients, median of ${rounds} rounds`);
  console.log(formatRow('', ['resident', 'at most', 'requests/s', 'CPU each'], WIDTHS));
  for (const [name, all] of results) {
    const cells = [
      formatMedian(
        all.map(({ resident }) => resident),
        'MB',
      ),
      formatMedian(
        all.map(({ peak }) => peak),
        'MB',
      ),
      findMedian(all.map(({ load }) => load.perSecond)).toFixed(0),
      formatMedian(
        all.map(({ load }) => load.cpuMicroseconds),
        'µs',
      ),
    ];
    console.log(formatRow(name, cells, WIDTHS));
  }
}

buildPrograms();
const database = await startBenchDatabase({ max_connections: '100' });
const env = testEnv({
  DATABASE_URL: database.url,
  DATA_DIR: database.dataDir,
  DOCS: 'false',
  METRICS: 'false',
  LOG_LEVEL: 'info',
  TRUST_PROXY: '127.0.0.1',
});
try {
  if (parts.has('idle')) await measureIdle(env);
  if (parts.has('load')) await measureLoad(env);
  if (parts.has('growth')) await printGrowth(env, Number(values.entries));
} finally {
  await database.stop();
}
