import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { StaticAnswer } from './bare.ts';
import { findMedian } from './lib/figures.ts';
import { measureSide, type Run, type Side, warmUpSide } from './lib/sides.ts';
import { startBenchServer } from './server.ts';

// Compares a cached public page with a bare Fastify route that sends the same headers and body, or only the same body.
// Prints requests per second and, on Linux, the server's CPU time per request. The clients stay awake, see `measureSide`.
// Usage: [METRICS=true] npm run bench:public-page -- [rounds] [seconds]; metrics are off by default, as in production.
const rounds = Number(process.argv[2] ?? 12);
const seconds = Number(process.argv[3] ?? 2);
/** Headers that Node adds itself. */
const NODE_HEADERS = ['connection', 'keep-alive', 'date', 'content-length'];
const BARE_PORT = 3972;

process.env['METRICS'] ??= 'false';
const server = await startBenchServer('4');
const bare = fork(new URL('bare.ts', import.meta.url));

async function createPage(): Promise<void> {
  const token = await server.signUp();
  const send = async (method: string, path: string, body: object) => {
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(await response.text());
  };
  const pages = await server.get('/api/pages', token);
  const { items }: { items: { id: string }[] } = JSON.parse(await pages.text());
  const page = `/api/pages/${items[0]?.id}`;
  await send('PATCH', page, { title: 'Ada Lovelace', bio: 'Poet of numbers', published: true });
  for (let n = 1; n <= 8; n++)
    await send('POST', `${page}/blocks`, {
      type: 'link',
      title: `Link ${n}`,
      url: `https://example.com/${n}`,
    });
}

const NAMES = ['page', 'same bytes', 'same body'] as const;
type Name = (typeof NAMES)[number];

function createSides(path: string): Record<Name, Side> {
  const ours = { port: Number(new URL(server.url).port), pid: server.pid };
  const peer = { port: BARE_PORT, pid: bare.pid ?? 0 };
  return {
    page: { ...ours, name: 'page', path },
    'same bytes': { ...peer, name: 'same bytes', path },
    'same body': { ...peer, name: 'same body', path: `/body-only${path}` },
  };
}

async function compareSides(path: string): Promise<void> {
  const sides = createSides(path);
  const runs: Record<Name, Run[]> = { page: [], 'same bytes': [], 'same body': [] };
  for (const name of NAMES) await warmUpSide(sides[name]);
  for (let round = 0; round < rounds; round += 1)
    for (const name of round % 2 ? NAMES : NAMES.toReversed())
      runs[name].push(await measureSide(sides[name], seconds, server.dataDir));
  const medianOf = (name: Name, key: keyof Run) => findMedian(runs[name].map((one) => one[key]));
  // Compared within each round, so that other load on the machine matters less.
  const ratioOf = (name: Name, key: keyof Run) =>
    findMedian(runs.page.map((page, round) => page[key] / (runs[name][round]?.[key] ?? Number.NaN)));
  for (const name of NAMES) {
    const ratios = `${ratioOf(name, 'rate').toFixed(2)} by rate, ${(1 / ratioOf(name, 'cpu')).toFixed(2)} by CPU time`;
    console.log(
      `  ${name.padEnd(10)} ${Math.round(medianOf(name, 'rate'))}/s, ${medianOf(name, 'cpu').toFixed(1)} µs each` +
        (name === 'page' ? '' : `: ${ratios}`),
    );
  }
}

try {
  await createPage();
  const paths = ['/@ada', '/api/public/pages/ada'];
  const answers: Record<string, StaticAnswer> = {};
  for (const path of paths) {
    const response = await fetch(`${server.url}${path}`);
    const { 'content-type': type = '', ...others } = Object.fromEntries(response.headers);
    for (const name of NODE_HEADERS) delete others[name];
    const body = await response.text();
    answers[path] = { headers: { 'content-type': type, ...others }, body };
    answers[`/body-only${path}`] = { headers: { 'content-type': type }, body };
    console.log(`${path}: ${Buffer.byteLength(body)} bytes`);
  }
  bare.send({ port: BARE_PORT, answers });
  await once(bare, 'message');
  for (const path of paths) await compareSides(path);
} finally {
  bare.kill('SIGTERM');
  await server.stop();
}
