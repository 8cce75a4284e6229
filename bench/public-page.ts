import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Bytes } from './bare.ts';
import { startBenchServer } from './server.ts';

// A page from the cache against a bare Fastify route that sends the same bytes, or the same body and no header of ours,
// in turn: requests per second, and the processor time of the server per request where /proc tells it.
// Usage: [METRICS=true] npm run bench:public-page -- [rounds] [seconds]; without metrics, as in production by default.
const rounds = Number(process.argv[2] ?? 12);
const seconds = Number(process.argv[3] ?? 2);
/** What node adds by itself. */
const OWN_HEADERS = ['connection', 'keep-alive', 'date', 'content-length'];
const BARE_PORT = 3972;
const TICK_MICROSECONDS = 10_000;

const autocannon = createRequire(import.meta.url).resolve('autocannon');
process.env['METRICS'] ??= 'false';
const server = await startBenchServer('4');
const bare = fork(new URL('bare.ts', import.meta.url));

async function makePage(): Promise<void> {
  const token = await server.signUp();
  const send = async (method: string, path: string, body: object) => {
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(await response.text());
  };
  const { items } = (await (await server.get('/api/pages', token)).json()) as { items: { id: string }[] };
  const page = `/api/pages/${items[0]?.id}`;
  await send('PATCH', page, { title: 'Ada Lovelace', bio: 'Poet of numbers', published: true });
  for (let n = 1; n <= 8; n++)
    await send('POST', `${page}/blocks`, {
      type: 'link',
      title: `Link ${n}`,
      url: `https://example.com/${n}`,
    });
}

/** Processor time that a process has used, in microseconds; NaN where nobody tells. */
function usedBy(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * TICK_MICROSECONDS;
  } catch {
    return Number.NaN;
  }
}

type Run = { rate: number; cost: number };
async function run(url: string, pid: number): Promise<Run> {
  const before = usedBy(pid);
  const options = ['-c', '32', '-d', String(seconds), '--no-progress', '-j', url];
  const child = spawn(process.execPath, [autocannon, ...options], { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.on('data', (chunk) => (text += String(chunk)));
  await once(child, 'close');
  const { requests, non2xx, errors } = JSON.parse(text);
  if (non2xx + errors > 0) throw new Error(`${url}: ${non2xx} refused, ${errors} failed`);
  return { rate: requests.average, cost: (usedBy(pid) - before) / requests.total };
}

const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const SIDES = ['page', 'same bytes', 'same body'] as const;
type Side = (typeof SIDES)[number];

async function compare(path: string): Promise<void> {
  const bareUrl = `http://127.0.0.1:${BARE_PORT}`;
  const urls: Record<Side, string> = {
    page: `${server.url}${path}`,
    'same bytes': `${bareUrl}${path}`,
    'same body': `${bareUrl}/body-only${path}`,
  };
  const runs: Record<Side, Run[]> = { page: [], 'same bytes': [], 'same body': [] };
  // The first round makes all of them warm and is not counted.
  for (let round = 0; round <= rounds; round++) {
    for (const side of round % 2 ? SIDES : SIDES.toReversed()) {
      const one = await run(urls[side], side === 'page' ? server.pid : (bare.pid as number));
      if (round > 0) runs[side].push(one);
    }
  }
  const of = (side: Side, key: keyof Run) => median(runs[side].map((one) => one[key]));
  // Within each round, so that what else the machine does meanwhile counts less.
  const ratio = (side: Side, key: keyof Run) =>
    median(runs.page.map((page, round) => page[key] / (runs[side][round]?.[key] ?? Number.NaN)));
  for (const side of SIDES) {
    const ratios = `${ratio(side, 'rate').toFixed(2)} by rate, ${(1 / ratio(side, 'cost')).toFixed(2)} by processor`;
    console.log(
      `  ${side.padEnd(10)} ${Math.round(of(side, 'rate'))}/s, ${of(side, 'cost').toFixed(1)} µs each` +
        (side === 'page' ? '' : `: ${ratios}`),
    );
  }
}

try {
  await makePage();
  const paths = ['/@ada', '/api/public/pages/ada'];
  const answers: Record<string, Bytes> = {};
  for (const path of paths) {
    const response = await fetch(`${server.url}${path}`);
    const { 'content-type': type = '', ...others } = Object.fromEntries(response.headers);
    for (const name of OWN_HEADERS) delete others[name];
    const body = await response.text();
    answers[path] = { headers: { 'content-type': type, ...others }, body };
    answers[`/body-only${path}`] = { headers: { 'content-type': type }, body };
    console.log(`${path}: ${Buffer.byteLength(body)} bytes`);
  }
  bare.send({ port: BARE_PORT, answers });
  await once(bare, 'message');
  for (const path of paths) await compare(path);
} finally {
  bare.kill('SIGTERM');
  await server.stop();
}
