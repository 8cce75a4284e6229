import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { testEnv } from '@linkgrove/api/testing';
import { findMedian, formatRow } from './lib/figures.ts';
import { measureSide, type Run, type Side, warmUpSide } from './lib/sides.ts';
import { openSql } from './lib/sql.ts';
import { PASSWORD, startBenchServer } from './server.ts';

// Compares `GET /api/me` of the built server with better-auth's `get-session` behind Fastify, on the same PostgreSQL, for
// one signed-in user. Usage: npm run bench:peers -- [--rounds 5] [--seconds 1]
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '1' } },
});
const rounds = Number(values.rounds);
const WIDTHS = { first: 46, cell: 14 };
const SESSION = '/api/auth/get-session';

const server = await startBenchServer('4', {
  program: 'apps/server/dist/main.js',
  env: testEnv({ RATE_LIMIT_GLOBAL: '100000000/1m', LOG_LEVEL: 'info', METRICS: 'false' }),
});
const sql = openSql(server.databaseUrl);
const children: ChildProcess[] = [];

/** Starts better-auth on its own database of the same PostgreSQL, and signs a user up. */
async function startBetterAuth(name: string, port: number, cookieCache: boolean): Promise<Side> {
  const database = `better_auth_${port}`;
  await sql.run(`create database ${database}`);
  const url = new URL(server.databaseUrl);
  url.pathname = `/${database}`;
  const child = fork(new URL('peers/better-auth.mjs', import.meta.url), {
    env: { ...process.env, PORT: String(port), DATABASE_URL: url.href, COOKIE_CACHE: String(cookieCache) },
  });
  children.push(child);
  await once(child, 'message');
  const origin = `http://127.0.0.1:${port}`;
  const answer = await fetch(`${origin}/api/auth/sign-up/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin },
    body: JSON.stringify({ name: 'Ada', email: 'ada@example.com', password: PASSWORD }),
  });
  if (!answer.ok) throw new Error(await answer.text());
  const cookie = answer.headers
    .getSetCookie()
    .map((line) => line.split(';', 1)[0])
    .join('; ');
  const session = await fetch(`${origin}${SESSION}`, { headers: { cookie } });
  if (!(await session.text()).includes('ada@example.com')) throw new Error('better-auth sees no session');
  return { name, port, pid: child.pid ?? 0, path: SESSION, headers: { cookie } };
}

try {
  const token = await server.signUp();
  const headers = { authorization: `Bearer ${token}` };
  const sides: Side[] = [
    { name: 'GET /api/me', port: 3971, pid: server.pid, path: '/api/me', headers },
    await startBetterAuth('better-auth get-session', 3974, false),
    await startBetterAuth('better-auth, session in a cookie', 3975, true),
  ];
  for (const side of sides) await warmUpSide(side);
  const runs: Run[][] = sides.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    const order = [...sides.entries()];
    for (const [index, side] of round % 2 ? order : order.toReversed())
      runs[index]?.push(await measureSide(side, Number(values.seconds), server.dataDir));
  }
  console.log(formatRow('', ['requests/s', 'CPU', 'PostgreSQL', 'ratio of CPU', 'of rate'], WIDTHS));
  for (const [index, { name }] of sides.entries()) {
    const own = runs[index] ?? [];
    const medianOf = (key: keyof Run) => findMedian(own.map((run) => run[key]));
    const ratioOf = (key: keyof Run, isInverse: boolean) => {
      const ratios = own.map((run, round) => (runs[0]?.[round]?.[key] ?? Number.NaN) / run[key]);
      return findMedian(ratios.map((ratio) => (isInverse ? 1 / ratio : ratio))).toFixed(1);
    };
    const figures = [
      medianOf('rate').toFixed(0),
      medianOf('cpu').toFixed(0),
      medianOf('postgres').toFixed(0),
    ];
    console.log(formatRow(name, [...figures, ratioOf('cpu', true), ratioOf('rate', false)], WIDTHS));
  }
} finally {
  for (const child of children) child.kill('SIGTERM');
  await sql.close();
  await server.stop();
}
