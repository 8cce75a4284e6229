import { availableParallelism } from 'node:os';
import { PASSWORD, percentile, startBenchServer } from './server.ts';

// What a storm of sign-ins does to everyone else: latency of a cheap authenticated read, idle and while 64
// clients sign in without pause. Usage: node bench/sign-in-storm.ts [bcrypt cost] [seconds]
const cost = process.argv[2] ?? '10';
const seconds = Number(process.argv[3] ?? 10);
const CLIENTS = 64;
const server = await startBenchServer(cost);

/** Reads one after another until `until`; returns the latencies in milliseconds, sorted. */
async function read(token: string, until: number): Promise<number[]> {
  const latencies: number[] = [];
  while (performance.now() < until) {
    const started = performance.now();
    const response = await server.get('/api/me', token);
    await response.arrayBuffer();
    latencies.push(performance.now() - started);
  }
  return latencies.toSorted((a, b) => a - b);
}

/** Signs in again and again; returns how often it worked and how often the server was too busy. */
async function storm(until: number): Promise<{ ok: number; busy: number }> {
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

const report = (name: string, latencies: number[]) =>
  console.log(
    `${name} ${latencies.length} reads, p50 ${percentile(latencies, 0.5)} ms, p99 ${percentile(latencies, 0.99)} ms`,
  );

try {
  console.log(`bcrypt cost ${cost}, ${CLIENTS} clients, ${availableParallelism()} cores`);
  const token = await server.signUp();
  await read(token, performance.now() + 1_000);
  report('idle    ', await read(token, performance.now() + seconds * 1_000));
  const until = performance.now() + seconds * 1_000;
  const [latencies, { ok, busy }] = await Promise.all([read(token, until), storm(until)]);
  report('in storm', latencies);
  console.log(`sign-ins ${(ok / seconds).toFixed(1)}/s, told to come back: ${busy}`);
} finally {
  await server.stop();
}
