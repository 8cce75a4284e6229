import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { findMedian } from './lib/figures.ts';
import { PASSWORD, formatPercentile, startBenchServer } from './server.ts';

// Measures how many sign-ins slow down other requests: the latency of a cheap authenticated read, idle and while 64 clients
// sign in continuously. Compares their rate with bcrypt alone, which takes turns with the server.
// Usage: UV_THREADPOOL_SIZE=<cores + 1> npm run bench:storm -- [bcrypt cost] [seconds] [rounds]
const cost = process.argv[2] ?? '10';
const seconds = Number(process.argv[3] ?? 10);
const rounds = Number(process.argv[4] ?? 3);
const CLIENTS = 64;
/** As many as the server hashes at once, see `createPasswords`. */
const HASHING_THREADS = Math.max(1, availableParallelism() - 1);
const server = await startBenchServer(cost);
const raw = fork(new URL('lib/raw-bcrypt.ts', import.meta.url));

/** Reads continuously until `until`. Returns the sorted latencies in milliseconds. */
async function measureReads(token: string, until: number): Promise<number[]> {
  const latencies: number[] = [];
  while (performance.now() < until) {
    const started = performance.now();
    const response = await server.get('/api/me', token);
    await response.arrayBuffer();
    latencies.push(performance.now() - started);
  }
  return latencies.toSorted((a, b) => a - b);
}

/** Signs in continuously until `until`. Returns how often it succeeded and how often the server was too busy. */
async function signInUntil(until: number): Promise<{ ok: number; busy: number }> {
  const tally = { ok: 0, busy: 0 };
  const client = async () => {
    while (performance.now() < until) {
      const { status } = await server.post('/api/login', { identifier: 'ada', password: PASSWORD });
      if (status === 200) tally.ok += 1;
      else tally.busy += 1;
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return tally;
}

/** Returns comparisons per second of bcrypt in a process that does nothing else. */
async function measureRaw(child: ChildProcess, atOnce: number): Promise<number> {
  child.send({ cost: Number(cost), atOnce, seconds });
  const [rate]: number[] = await once(child, 'message');
  return rate ?? Number.NaN;
}

type Round = {
  idle: number[];
  storm: number[];
  signIns: number;
  busy: number;
  raw: number;
  rawOnAll: number;
};

async function runRound(token: string): Promise<Round> {
  const idle = await measureReads(token, performance.now() + seconds * 1_000);
  const start = performance.now();
  const until = start + seconds * 1_000;
  const [storm, { ok, busy }] = await Promise.all([measureReads(token, until), signInUntil(until)]);
  // The last sign-ins of the queue end after `until`.
  const signIns = ok / ((performance.now() - start) / 1_000);
  return {
    idle,
    storm,
    signIns,
    busy,
    raw: await measureRaw(raw, HASHING_THREADS),
    rawOnAll: await measureRaw(raw, availableParallelism()),
  };
}

const formatLatencies = (latencies: number[]) =>
  `p50 ${formatPercentile(latencies, 0.5)} ms, p99 ${formatPercentile(latencies, 0.99)} ms`;
const readP99 = (sorted: number[]) => sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;

try {
  console.log(`bcrypt cost ${cost}, ${CLIENTS} clients, ${availableParallelism()} cores, ${rounds} rounds`);
  const token = await server.signUp();
  await measureReads(token, performance.now() + 1_000);
  const all: Round[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const one = await runRound(token);
    all.push(one);
    console.log(`another request: idle ${formatLatencies(one.idle)}; in storm ${formatLatencies(one.storm)}`);
    console.log(
      `  ${one.signIns.toFixed(1)} sign-ins/s, ${one.busy} refused; bcrypt alone ${one.raw.toFixed(1)}/s with ${HASHING_THREADS} at once, ${one.rawOnAll.toFixed(1)}/s on all cores`,
    );
  }
  const printMedian = (name: string, of: (round: Round) => number) =>
    console.log(`${name}: ${findMedian(all.map(of)).toFixed(2)}`);
  printMedian('p99 in storm to idle', ({ idle, storm }) => readP99(storm) / readP99(idle));
  printMedian(
    `sign-ins to bcrypt alone, ${HASHING_THREADS} at once`,
    ({ signIns, raw: rate }) => signIns / rate,
  );
  printMedian('sign-ins to bcrypt alone on all cores', ({ signIns, rawOnAll }) => signIns / rawOnAll);
} finally {
  raw.kill();
  await server.stop();
}
