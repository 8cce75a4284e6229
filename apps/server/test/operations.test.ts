import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { createApp, createLogger, endpoints, subscriptions } from '@linkgrove/api';
import { testConfig } from '@linkgrove/api/testing';
import { openDatabase } from '@linkgrove/db';
import { cloneDatabase } from '@linkgrove/db/testing';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { sql } from 'kysely';
import { describe, expect, inject, it } from 'vitest';
import { createServer } from '../src/server.ts';
import { call, startInstance, startTestServer, times, useTestServer } from './kit/index.ts';

const server = useTestServer();

it('/healthz reports that the process is up, /readyz that its database answers', async () => {
  expect(await server.call('GET', '/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } });
  expect(await server.call('GET', '/readyz')).toMatchObject({ status: 200, body: { status: 'ready' } });
});

describe('FT49: readiness', () => {
  const readiness = async (url: string) => {
    const instance = await startInstance(url);
    const { status, body } = await instance.get('/readyz');
    const login = await instance.post('/api/login', { identifier: 'ada', password: 'correct-horse-battery' });
    await instance.close();
    return [status, body.detail ?? body.status, login.status];
  };
  const query = async (url: string, text: string) => {
    const { db, close } = openDatabase({ url });
    await sql.raw(text).execute(db);
    await close();
  };
  const toUrl = (change: (url: URL) => void) => {
    const url = new URL(inject('databaseServerUrl'));
    change(url);
    return url.href;
  };

  it('is denied by a database that is not migrated', async () => {
    const name = `test_unmigrated_${process.pid}`;
    await query(
      toUrl(() => {}),
      `create database ${name}`,
    );
    const url = toUrl((one) => (one.pathname = name));
    expect((await readiness(url)).slice(0, 2)).toEqual([
      503,
      'The database is not migrated; run the migrate program',
    ]);
    await query(
      toUrl(() => {}),
      `drop database ${name} with (force)`,
    );
  });

  it('is denied by a database that accepts no writes', async () => {
    const database = await cloneDatabase(inject('databaseServerUrl'));
    const name = new URL(database.url).pathname.slice(1);
    await query(database.url, `alter database ${name} set default_transaction_read_only = on`);
    expect((await readiness(database.url)).slice(0, 2)).toEqual([503, 'The database accepts no writes']);
    await database.drop();
  });

  it.each([
    ['a role that is unknown', (url: URL) => (url.username = 'nobody')],
    ['a database that does not exist', (url: URL) => (url.pathname = 'nowhere')],
  ])('is denied by %s, and calls get 503', async (_, change) => {
    expect(await readiness(toUrl(change))).toEqual([503, 'The database does not answer', 503]);
  });
});

describe('without its database', () => {
  it('the server stays up, names the missing part, and answers 503 without revealing the cause', async () => {
    const lonely = await startInstance('postgres://nobody:secret-of-the-database@127.0.0.1:1/none');
    expect((await lonely.get('/healthz')).status).toBe(200);
    const ready = await lonely.get('/readyz');
    expect([ready.status, ready.body.detail]).toEqual([503, 'The database does not answer']);
    const body = { identifier: 'ada', password: 'correct-horse-battery' };
    const rest = await lonely.post('/api/login', body);
    const trpc = await lonely.post('/trpc/auth.login', body);
    for (const [status, problem] of [
      [rest.status, rest.body],
      [trpc.status, trpc.body.error.data],
    ]) {
      expect([status, problem.code]).toEqual([503, 'UNAVAILABLE']);
      expect(JSON.stringify(problem)).not.toMatch(/secret|ECONN|127\.0\.0\.1/);
    }
    expect(rest.headers.get('retry-after')).toBe('2');
    await lonely.close();
  });

  it('an unexpected failure reveals nothing about its cause', async () => {
    const broken = await startTestServer();
    const { token } = await broken.signUp();
    await sql`alter table referral_totals rename to elsewhere`.execute(broken.app.db);
    const { status, body } = await broken.call('GET', '/api/referral-stats', { token });
    expect([status, body.code, body.detail]).toEqual([500, 'INTERNAL', 'Something went wrong on our side.']);
    const trpc = await broken.call('GET', '/trpc/referrals.stats?input=%7B%7D', { token });
    expect(JSON.stringify(trpc.body)).not.toMatch(/referral_totals|relation|stack/);
    expect(trpc.status).toBe(500);
    await broken.close();
  });
});

describe('stopping the server', () => {
  it('ends readiness first and lets a running request finish', async () => {
    const database = await cloneDatabase(inject('databaseServerUrl'));
    const config = testConfig({ BCRYPT_COST: '12', SHUTDOWN_TIMEOUT: '60s' });
    const app = await createApp({
      config,
      databaseUrl: database.url,
      logger: createLogger({ level: 'silent', name: 'test' }),
    });
    let stopping = false;
    const stopped = await createServer(app, () => stopping);
    const url = await stopped.listen({ host: '127.0.0.1', port: 0 });
    const inFlight = call(url, 'POST', '/api/register', {
      body: { email: 'ada@example.com', username: 'ada', password: 'correct-horse-battery' },
    });
    await expect.poll(async () => (await fetch(`${url}/healthz`)).status).toBe(200);
    stopping = true;
    expect((await call(url, 'GET', '/readyz')).body.detail).toBe('The server is stopping');
    await stopped.close();
    expect((await inFlight).status).toBe(201);
    await app.close();
    await database.drop();
  });
});

it('the published keys verify an access token and contain nothing private', async () => {
  const { token, user } = await server.signUp();
  const { body, headers } = await server.call('GET', '/.well-known/jwks.json');
  expect(headers.get('cache-control')).toBe('public, max-age=300');
  for (const key of body.keys)
    expect(Object.keys(key).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
  const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(body), {
    algorithms: ['EdDSA'],
  });
  expect(protectedHeader).toMatchObject({ alg: 'EdDSA', typ: 'at+jwt', kid: body.keys[0].kid });
  expect(Object.keys(payload).toSorted()).toEqual(['amr', 'aud', 'exp', 'iat', 'iss', 'jti', 'sid', 'sub']);
  expect(payload.sub).toBe(user.id);
  expect(Number(payload.exp) - Number(payload.iat)).toBe(900);
});

describe('the API description', () => {
  it('lists every procedure and nothing else', async () => {
    const { body } = await server.call('GET', '/openapi.json');
    expect(body.openapi).toBe('3.1.0');
    const described = Object.entries(body.paths as Record<string, object>).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.toSorted()).toEqual(
      [...endpoints, ...subscriptions].map(({ rest }) => `${rest.method} ${rest.path}`).toSorted(),
    );
  });

  it('can be browsed at /docs without any other host', async () => {
    const { status, body, headers } = await server.call('GET', '/docs/');
    expect(status).toBe(200);
    expect(body).toContain('Linkgrove API');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    for (const [, source] of String(body).matchAll(/(?:src|href)="([^"]+)"/g))
      expect(source).not.toMatch(/^(https?:)?\/\//);
  });

  it('can be switched off', async () => {
    const quiet = await startTestServer({ env: { DOCS: 'false' } });
    for (const path of ['/docs', '/docs/', '/openapi.json'])
      expect((await quiet.call('GET', path)).status).toBe(404);
    await quiet.close();
  });
});

it('/metrics counts requests by route, and can be switched off', async () => {
  await server.call('GET', '/healthz');
  await server.call('GET', '/some/unknown/path');
  const { body } = await server.call('GET', '/metrics');
  expect(body).toMatch(
    /http_request_duration_seconds_count\{method="GET",route="\/healthz",status="200"\} \d+/,
  );
  expect(body).not.toContain('/some/unknown');
  const quiet = await startTestServer({ env: { METRICS: 'false' } });
  expect((await quiet.call('GET', '/metrics')).status).toBe(404);
  await quiet.close();
});

it('/metrics shows results of calls by REST and tRPC, cache reads, limit decisions and connections', async () => {
  const own = await startTestServer();
  const { token } = await own.signUp();
  await own.call('GET', '/api/me', { token });
  await own.call('GET', '/trpc/account.me', { token });
  await own.call('GET', '/trpc/account.me,account.me?batch=1');
  await own.call('POST', '/api/login', { body: { identifier: 'nobody', password: 'wrong-horse-battery' } });
  const { body } = await own.call('GET', '/metrics');
  for (const line of [
    'procedure_duration_seconds_count{procedure="account.me",code="ok"} 2',
    'procedure_duration_seconds_count{procedure="account.me",code="UNAUTHENTICATED"} 2',
    'procedure_duration_seconds_count{procedure="auth.login",code="INVALID_CREDENTIALS"} 1',
    'limit_decisions_total{limit="register",result="allowed"} 1',
    'limit_decisions_total{limit="login",result="allowed"} 1',
    'database_connections{state="waiting"} 0',
    'password_hashes{state="waiting"} 0',
    'dependency_up{dependency="database"} 1',
  ])
    expect(body).toContain(`linkgrove_${line}\n`);
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  expect(body).toMatch(
    new RegExp(`linkgrove_build_info\\{version="${version}",node="[\\d.]+",schema="\\d{4}-[\\w-]+"\\} 1\n`),
  );
  expect(body).toMatch(/linkgrove_cache_reads_total\{cache="sessions",result="miss"\} [12]\n/);
  await own.close();
});

it('/metrics has names that Prometheus accepts: counters and nothing else end in _total', async () => {
  const { body } = await server.call('GET', '/metrics');
  const types = [...String(body).matchAll(/^# TYPE (\S+) (\w+)$/gm)].map(([, name = '', type = '']) => [
    name,
    type,
  ]);
  expect(types.length).toBeGreaterThan(30);
  for (const [name = '', type] of types) {
    expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
    expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
    expect(body).toMatch(new RegExp(`^# HELP ${name} \\S`, 'm'));
  }
});

it('over HTTPS the cookies are Secure and bound to the host, and HSTS is on', async () => {
  const secure = await startTestServer({ env: { PUBLIC_URL: 'https://api.example.com' } });
  const { cookie } = await secure.signUp();
  expect(cookie).toMatch(/^__Host-access_token=.*; __Host-refresh_token=/);
  const { headers } = await secure.call('POST', '/api/refresh', { cookie });
  for (const line of headers.getSetCookie())
    expect(line).toMatch(/(^linkgrove_session=.*; Path=\/|; Path=\/; HttpOnly); Secure; SameSite=Lax$/);
  expect(headers.get('strict-transport-security')).toBe('max-age=31536000; includeSubDomains');
  const plain = cookie.replaceAll('__Host-', '');
  expect((await secure.call('GET', '/api/me', { cookie: plain })).status).toBe(401);
  await secure.close();
});

it('a client that disconnects during a request leaves no connection in a transaction', async () => {
  const { hostname, port } = new URL(server.url);
  await times(50, (index) => {
    const body = JSON.stringify({
      email: `gone${index}@example.com`,
      username: `gone${index}`,
      password: createHash('sha256').update(String(index)).digest('base64'),
    });
    return new Promise<void>((resolve) => {
      const options = {
        hostname,
        port,
        path: '/api/register',
        method: 'POST',
        headers: { 'content-type': 'application/json' },
      };
      const aborted = request(options);
      aborted.on('error', () => resolve());
      aborted.on('close', () => resolve());
      aborted.end(body, () => aborted.destroy());
    });
  });
  await expect
    .poll(async () => {
      const { rows } = await sql<{ count: number }>`
        select count(*) from pg_stat_activity
        where datname = current_database() and state like 'idle in transaction%'`.execute(server.app.db);
      return rows[0]?.count;
    })
    .toBe(0);
  await expect.poll(async () => (await server.call('GET', '/readyz')).status).toBe(200);
});
