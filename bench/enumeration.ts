import { formatPercentile, startBenchServer } from './server.ts';

// Checks whether response times reveal which accounts exist, with alternating pairs of requests.
// Usage: node bench/enumeration.ts [bcrypt cost] [pairs]
const cost = process.argv[2] ?? '10';
const pairs = Number(process.argv[3] ?? 200);
const server = await startBenchServer(cost);

async function timeRequest(path: string, body: object): Promise<number> {
  const started = performance.now();
  const response = await server.post(path, body);
  await response.arrayBuffer();
  return performance.now() - started;
}

async function compareTimes(path: string, known: object, unknown: (index: number) => object): Promise<void> {
  const times = { known: [] as number[], unknown: [] as number[] };
  for (let index = 0; index < pairs; index++) {
    // Alternates the order, so that warm-up effects within a pair cancel out.
    const order = index % 2 ? (['known', 'unknown'] as const) : (['unknown', 'known'] as const);
    for (const kind of order)
      times[kind].push(await timeRequest(path, kind === 'known' ? known : unknown(index)));
  }
  for (const [kind, values] of Object.entries(times)) {
    const sorted = values.toSorted((a, b) => a - b);
    console.log(
      `${path} ${kind}: min ${formatPercentile(sorted, 0)} ms, median ${formatPercentile(sorted, 0.5)} ms`,
    );
  }
}

try {
  console.log(`bcrypt cost ${cost}, ${pairs} pairs`);
  await server.signUp();
  const password = 'not-the-password';
  await compareTimes('/api/login', { identifier: 'ada', password }, (n) => ({
    identifier: `nobody${n}`,
    password,
  }));
  await compareTimes('/api/forgot-password', { email: 'ada@example.com' }, (n) => ({
    email: `nobody${n}@example.com`,
  }));
} finally {
  await server.stop();
}
