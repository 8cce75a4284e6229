import { availableParallelism } from 'node:os';
import { PASSWORD, formatPercentile, startBenchServer } from './server.ts';

// Measures how many sign-ins slow down other requests: the latency of a cheap authenticated read, idle and while 64 clients
// sign in continuously. Usage: node bench/sign-in-storm.ts [bcrypt cost] [seconds]
const cost = process.argv[2] ?? '10';
const seconds = Number(process.argv[3] ?? 10);
const CLIENTS = 64;
const server = await startBenchServer(cost);

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

const printLatencies = (name: string, latencies: number[]) =>
  console.log(
    `${name} ${latencies.length} reads, p50 ${formatPercentile(latencies, 0.5)} ms, p99 ${formatPercentile(latencies, 0.99)} ms`,
  );

try {
  console.log(`bcrypt cost ${cost}, ${CLIENTS} clients, ${availableParallelism()} cores`);
  const token = await server.signUp();
  await measureReads(token, performance.now() + 1_000);
  printLatencies('idle    ', await measureReads(token, performance.now() + seconds * 1_000));
  const until = performance.now() + seconds * 1_000;
  const [latencies, { ok, busy }] = await Promise.all([measureReads(token, until), signInUntil(until)]);
  printLatencies('in storm', latencies);
  console.log(`sign-ins ${(ok / seconds).toFixed(1)}/s, refused as too busy: ${busy}`);
} finally {
  await server.stop();
}
