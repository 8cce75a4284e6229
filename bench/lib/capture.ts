import { type App, createApp, createLogger, type Env, parseConfig } from '@linkgrove/api';
import { createServer } from '../../apps/server/src/server.ts';
import { fakePasswords } from './passwords.ts';
import { buildAddress, buildSignUp } from './people.ts';
import type { Sql } from './sql.ts';
import { type Fresh, type Script, type Statement, toScript } from './statement.ts';

export type Cost = { statements: number; planningMs: number; executionMs: number };

/** The code of the viral referrer, and the sign-up statement for pgbench with its cost. */
export type Capture = { code: string; script: Script; cost: Cost; parameters: number };

export function watchStatements(db: App['db'], onStatement: (statement: Statement) => void): App['db'] {
  return db.withPlugin({
    transformQuery: ({ node, queryId }) => {
      onStatement(db.getExecutor().compileQuery(node, queryId));
      return node;
    },
    transformResult: async ({ result }) => result,
  });
}

async function openServer(env: Env, databaseUrl: string) {
  const sent: Statement[] = [];
  const config = parseConfig(env);
  const logger = createLogger({ level: 'silent', name: 'capture' });
  const app = await createApp({ config, databaseUrl, logger });
  const db = watchStatements(app.db, (statement) => sent.push(statement));
  const server = await createServer({ ...app, db, passwords: fakePasswords });
  const signUp = async (n: number, referralCode?: string): Promise<string> => {
    const response = await server.inject({
      method: 'POST',
      url: '/api/register',
      headers: { 'x-forwarded-for': buildAddress(n) },
      payload: buildSignUp(n, referralCode),
    });
    if (response.statusCode !== 201) throw new Error(`Sign-up answered ${response.body}`);
    return response.json<{ user: { referralCode: string } }>().user.referralCode;
  };
  const close = () => server.close().then(() => app.close());
  return { sent, signUp, close };
}

const paddedNumber = `lpad(:n::text, 10, '0')`;

/** The parts, besides IDs, that differ in each sign-up: username, code and address. */
const buildFreshParts = (n: number, code: string): Fresh[] => [
  { text: buildSignUp(n).username, sql: `('pgbench' || ${paddedNumber})` },
  { text: code, sql: `lpad(to_hex(:n::bigint), 8, '0')` },
  { text: buildAddress(n), sql: `host('11.0.0.0'::inet + :n::bigint % 16777216)` },
];

/** Measures the cost of `count` sign-ups, without the database's own foreign key checks. */
async function measureCost(sql: Sql, count: number, signUp: (n: number) => Promise<unknown>): Promise<Cost> {
  await sql.run('create extension if not exists pg_stat_statements');
  await sql.run('select pg_stat_statements_reset()');
  for (let n = 10; n < 10 + count; n += 1) await signUp(n);
  const [sum] = await sql.run<{ calls: number; planning: number; execution: number }>(`
    select sum(calls)::int as calls, sum(total_plan_time) as planning, sum(total_exec_time) as execution
    from pg_stat_statements where toplevel and query !~ 'FOR KEY SHARE OF x$'`);
  const { calls = 0, planning = 0, execution = 0 } = sum ?? {};
  return {
    statements: calls / count,
    planningMs: planning / count,
    executionMs: execution / count,
  };
}

export async function captureSignUp(sql: Sql, env: Env, count: number): Promise<Capture> {
  const url = new URL(String(env['DATABASE_URL']));
  url.searchParams.set('options', '-c pg_stat_statements.track=all -c pg_stat_statements.track_planning=on');
  const server = await openServer(env, url.href);
  try {
    const code = await server.signUp(0);
    await server.signUp(1, code);
    server.sent.length = 0;
    const newCode = await server.signUp(2, code);
    await server.signUp(3, code);
    const [one, other] = server.sent;
    if (!one || !other || server.sent.length !== 2) throw new Error('A sign-up is not one statement');
    const script = toScript([one, other], buildFreshParts(2, newCode));
    const cost = await measureCost(sql, count, (n) => server.signUp(n, code));
    return { code, script, cost, parameters: one.parameters.length };
  } finally {
    await server.close();
  }
}
