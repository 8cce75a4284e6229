import { percentile, startBenchServer } from './server.ts';

// Whether time tells a known name from an unknown one: pairs of requests, one after the other in turn.
// Usage: node bench/enumeration.ts [bcrypt cost] [pairs]
const cost = process.argv[2] ?? '10';
const pairs = Number(process.argv[3] ?? 200);
const server = await startBenchServer(cost);

async function time(path: string, body: object): Promise<number> {
  const started = performance.now();
  const response = await server.post(path, body);
  await response.arrayBuffer();
  return performance.now() - started;
}

async function compare(path: string, known: object, unknown: (index: number) => object): Promise<void> {
  const times = { known: [] as number[], unknown: [] as number[] };
  for (let index = 0; index < pairs; index++) {
    // In turn first and second, so that what the pair itself warms up favours neither.
    const order = index % 2 ? (['known', 'unknown'] as const) : (['unknown', 'known'] as const);
    for (const kind of order) times[kind].push(await time(path, kind === 'known' ? known : unknown(index)));
  }
  for (const [kind, values] of Object.entries(times)) {
    const sorted = values.toSorted((a, b) => a - b);
    console.log(`${path} ${kind}: min ${percentile(sorted, 0)} ms, median ${percentile(sorted, 0.5)} ms`);
  }
}

try {
  console.log(`bcrypt cost ${cost}, ${pairs} pairs`);
  await server.signUp();
  const password = 'not-the-password';
  await compare('/api/login', { identifier: 'ada', password }, (n) => ({
    identifier: `nobody${n}`,
    password,
  }));
  await compare('/api/forgot-password', { email: 'ada@example.com' }, (n) => ({
    email: `nobody${n}@example.com`,
  }));
} finally {
  await server.stop();
}
