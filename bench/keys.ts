import { findMedian } from './lib/figures.ts';
import { measureRun, type Run } from './lib/load.ts';
import { startBenchServer } from './server.ts';

// Compares requests with an API key and requests in a session. Prints requests per second and, on Linux, the server's
// CPU time per request.
// Usage: npm run bench:keys -- [rounds] [seconds]
const rounds = Number(process.argv[2] ?? 8);
const seconds = Number(process.argv[3] ?? 2);

process.env['METRICS'] ??= 'false';
const server = await startBenchServer('4', { port: '3973' });

async function createKey(token: string): Promise<string> {
  const response = await fetch(`${server.url}/api/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Bench', scopes: ['rewards:read'] }),
  });
  if (!response.ok) throw new Error(await response.text());
  const { key }: { key: string } = JSON.parse(await response.text());
  return key;
}

const SIDES = ['session', 'key'] as const;
type Side = (typeof SIDES)[number];

async function compareSides(headers: Record<Side, Record<string, string>>): Promise<void> {
  const runs: Record<Side, Run[]> = { session: [], key: [] };
  for (let round = 0; round <= rounds; round++) {
    for (const side of round % 2 ? SIDES : SIDES.toReversed()) {
      const url = `${server.url}/api/rewards`;
      const one = await measureRun({ url, pid: server.pid, seconds, headers: headers[side] });
      if (round > 0) runs[side].push(one);
    }
  }
  for (const side of SIDES) {
    const [rate, cost] = [runs[side].map((one) => one.rate), runs[side].map((one) => one.cost)].map(
      findMedian,
    );
    console.log(`  ${side.padEnd(8)} ${Math.round(rate ?? 0)}/s, ${cost?.toFixed(1)} µs each`);
  }
  // Compared within each round, so that other load on the machine matters less.
  const ratio = findMedian(
    runs.key.map(({ cost }, round) => cost / (runs.session[round]?.cost ?? Number.NaN)),
  );
  console.log(`  a request with a key takes ${ratio.toFixed(2)} of the CPU time of one in a session`);
}

try {
  const token = await server.signUp();
  const key = await createKey(token);
  await compareSides({ session: { authorization: `Bearer ${token}` }, key: { 'x-api-key': key } });
} finally {
  await server.stop();
}
