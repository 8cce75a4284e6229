import { fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { createApp, createLogger, parseConfig } from '@linkgrove/api';
import { testEnv } from '@linkgrove/api/testing';
import { createServer } from '../apps/server/src/server.ts';
import { findMedian, formatRow } from './lib/figures.ts';
import { buildSignUp } from './lib/people.ts';
import type { PeerRoute } from './lib/request-peers.ts';
import { measureSide, type Run, type Side, warmUpSide } from './lib/sides.ts';
import type { Statement } from './lib/statement.ts';
import { watchQueries } from './lib/watch-queries.ts';
import { type BenchServer, startBenchServer } from './server.ts';

// Compares the built server's answers with a bare Fastify route, a Fastify route with the same SQL through pg, and tRPC's
// own Fastify adapter with the same procedure, in interleaved rounds. Build first.
// Usage: npm run bench:requests -- [--rounds 5] [--seconds 1] [--only name]
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const PORTS = { ours: 3971, peers: 3972, stock: 3973 };
const LISTS = ['/api/pages', '/api/referrals', '/api/referral-stats'];
/** Headers that Node adds itself. */
const NODE_HEADERS = ['connection', 'keep-alive', 'date', 'content-length'];
const WIDTHS = { first: 46, cell: 14 };

/** Secrets are the same in all processes, so that each accepts the tokens of the others. */
const env = testEnv({ RATE_LIMIT_GLOBAL: '100000000/1m', LOG_LEVEL: 'info', METRICS: 'false' });

type Person = { token: string; cookie: string };

async function createPeople(server: BenchServer): Promise<Person> {
  const response = await server.post('/api/register', {
    ...buildSignUp(0),
    username: 'ada',
    email: 'ada@example.com',
  });
  if (!response.ok) throw new Error(await response.text());
  const { accessToken, user }: { accessToken: string; user: { referralCode: string } } = JSON.parse(
    await response.text(),
  );
  const cookie = response.headers.getSetCookie().map((line) => line.split(';', 1)[0]);
  for (let n = 1; n <= 5; n += 1) {
    const answer = await server.post('/api/register', buildSignUp(n, user.referralCode));
    if (!answer.ok) throw new Error(await answer.text());
  }
  const page = await fetch(`${server.url}/api/pages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ handle: 'ada-lovelace', title: 'Ada Lovelace', published: true }),
  });
  if (!page.ok) throw new Error(await page.text());
  const { id }: { id: string } = JSON.parse(await page.text());
  for (let n = 1; n <= 8; n += 1) {
    const block = await fetch(`${server.url}/api/pages/${id}/blocks`, {
      method: 'POST',
      headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ type: 'link', title: `Link ${n}`, url: `https://example.com/${n}` }),
    });
    if (!block.ok) throw new Error(await block.text());
  }
  return { token: accessToken, cookie: cookie.join('; ') };
}

/** Returns the statements that a warm server sends for a path. */
async function captureStatements(server: BenchServer, token: string): Promise<Map<string, Statement[]>> {
  const sent: Statement[] = [];
  const logger = createLogger({ level: 'silent', name: 'capture' });
  const app = await createApp({ config: parseConfig(env), databaseUrl: server.databaseUrl, logger });
  watchQueries((statement) => sent.push(statement));
  const inner = await createServer(app);
  const captured = new Map<string, Statement[]>();
  for (const url of LISTS) {
    const read = () => inner.inject({ url, headers: { authorization: `Bearer ${token}` } });
    await read();
    sent.length = 0;
    await read();
    if (sent.length === 0) throw new Error(`${url} sends no statement`);
    captured.set(url, [...sent]);
  }
  await inner.close();
  await app.close();
  return captured;
}

async function readAnswer(url: string, headers: Record<string, string> = {}) {
  const response = await fetch(url, { headers });
  const all = Object.fromEntries(response.headers);
  for (const name of NODE_HEADERS) delete all[name];
  return { headers: all, body: await response.text() };
}

async function buildPeerRoutes(server: BenchServer, token: string): Promise<PeerRoute[]> {
  const statements = await captureStatements(server, token);
  const routes: PeerRoute[] = [{ path: '/healthz', object: { status: 'ok' } }];
  for (const path of ['/api/me', ...LISTS]) {
    const { body } = await readAnswer(`${server.url}${path}`, { authorization: `Bearer ${token}` });
    const sent = statements.get(path);
    routes.push({ path, object: JSON.parse(body), ...(sent && { statements: sent }) });
  }
  routes.push({ path: '/@ada-lovelace', ...(await readAnswer(`${server.url}/@ada-lovelace`)) });
  return routes;
}

type Comparison = { name: string; sides: Side[] };

function buildComparisons({ token, cookie }: Person, pids: Record<keyof typeof PORTS, number>): Comparison[] {
  const bearer = { authorization: `Bearer ${token}` };
  const side = (
    name: string,
    of: keyof typeof PORTS,
    path: string,
    headers: Record<string, string> = {},
  ): Side => ({ name, port: PORTS[of], pid: pids[of], path, headers });
  const me = side('GET /api/me, bearer', 'ours', '/api/me', bearer);
  const bareMe = side('  bare Fastify, the same object', 'peers', '/api/me', bearer);
  return [
    {
      name: 'healthz',
      sides: [side('GET /healthz', 'ours', '/healthz'), side('  bare Fastify', 'peers', '/healthz')],
    },
    { name: 'me', sides: [me, side('  by cookie', 'ours', '/api/me', { cookie }), bareMe] },
    {
      name: 'trpc',
      sides: [
        side('GET /trpc/account.me', 'ours', '/trpc/account.me', bearer),
        { ...me, name: '  GET /api/me' },
        side("  tRPC's Fastify adapter", 'stock', '/trpc/account.me', bearer),
      ],
    },
    ...LISTS.map((path) => ({
      name: path,
      sides: [
        side(`GET ${path}`, 'ours', path, bearer),
        side('  Fastify and pg, the same SQL', 'peers', path, bearer),
      ].map((one) => ({ ...one, usesDatabase: true })),
    })),
    {
      name: 'page',
      sides: [
        side('GET /@ada-lovelace', 'ours', '/@ada-lovelace'),
        side('  bare Fastify, the same bytes', 'peers', '/@ada-lovelace'),
      ],
    },
  ];
}

function printComparison({ sides }: Comparison, runs: Run[][]): void {
  const [ours = []] = runs;
  for (const [index, { name }] of sides.entries()) {
    const own = runs[index] ?? [];
    const medianOf = (key: keyof Run) => findMedian(own.map((run) => run[key]));
    // Compared within each round, so that other load on the machine matters less.
    const ratioOf = (key: keyof Run) =>
      findMedian(ours.map((run, round) => run[key] / (own[round]?.[key] ?? Number.NaN))).toFixed(2);
    const ratios = index === 0 ? ['', ''] : [ratioOf('cpu'), ratioOf('rate')];
    const figures = [
      medianOf('rate').toFixed(0),
      medianOf('cpu').toFixed(1),
      medianOf('postgres').toFixed(0),
    ];
    console.log(formatRow(name, [...figures, ...ratios], WIDTHS));
  }
}

async function compare(comparison: Comparison, dataDir: string): Promise<void> {
  const runs: Run[][] = comparison.sides.map(() => []);
  for (const side of comparison.sides) await warmUpSide(side);
  for (let round = 0; round < rounds; round += 1) {
    const order = [...comparison.sides.entries()];
    for (const [index, side] of round % 2 ? order : order.toReversed()) {
      runs[index]?.push(await measureSide(side, seconds, dataDir));
    }
  }
  printComparison(comparison, runs);
}

const server = await startBenchServer('4', {
  port: String(PORTS.ours),
  program: 'apps/server/dist/main.js',
  env,
});
const peers = fork(new URL('lib/request-peers.ts', import.meta.url));
const stock = fork(new URL('lib/stock-trpc.ts', import.meta.url), {
  env: { ...process.env, ...env, PORT: String(PORTS.stock), DATABASE_URL: server.databaseUrl },
});
try {
  const person = await createPeople(server);
  await once(stock, 'message');
  const routes = await buildPeerRoutes(server, person.token);
  peers.send({ port: PORTS.peers, databaseUrl: server.databaseUrl, routes });
  await once(peers, 'message');
  const pids = { ours: server.pid, peers: peers.pid ?? 0, stock: stock.pid ?? 0 };
  console.log(`Median of ${rounds} rounds of ${seconds} s, 16 clients; CPU time in µs per request`);
  console.log(formatRow('', ['requests/s', 'CPU', 'PostgreSQL', 'ratio of CPU', 'of rate'], WIDTHS));
  for (const comparison of buildComparisons(person, pids))
    if (comparison.name.includes(values.only)) await compare(comparison, server.dataDir);
} finally {
  peers.kill('SIGTERM');
  stock.kill('SIGTERM');
  await server.stop();
}
