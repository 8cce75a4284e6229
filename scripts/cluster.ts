import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigError, type Config, loadDevelopmentSecrets, parseConfig } from '@linkgrove/api/config';
import { migrateToLatest } from '@linkgrove/db';
import { findFreePort, startEmbeddedPostgres } from '@linkgrove/db/embedded';
import { watchRunner } from './lib/parents.ts';
import { prepareNginx } from './lib/nginx.ts';
import { preparePgBouncer } from './lib/pgbouncer.ts';
import { type Program, startProgram, stopPrograms } from './lib/programs.ts';
import { endLeftover, listMissingPrograms, type Service, startService } from './lib/services.ts';

// Runs a large installation on one machine: two servers behind nginx, two workers, Redis and PostgreSQL behind PgBouncer,
// each in its own process. SIGUSR2 replaces the servers one by one. Kill any process to see how the others react. Installs nothing.

const SERVERS = 2;
const WORKERS = 2;
/** Time for requests that nginx forwarded before it saw the drain file. */
const DRAIN_MS = 500;
const STOP_MS = 30_000;

const replaced = new Set<Program>();
const stops: (() => Promise<unknown>)[] = [];
let stopping: Promise<void> | undefined;

function shutDown(exitCode: number): Promise<void> {
  stopping ??= (async () => {
    for (const stop of stops.toReversed())
      await stop().catch((error: unknown) => console.error(String(error)));
    process.exit(exitCode);
  })();
  return stopping;
}

function readConfig(): Config {
  try {
    return parseConfig(loadDevelopmentSecrets(process.env));
  } catch (error) {
    console.error(error instanceof ConfigError ? error.message : String(error));
    process.exit(1);
  }
}

/** Runs a program until the cluster stops. If it ends earlier, that is reported and the others go on. */
async function runProgram(
  name: 'server' | 'worker',
  label: string,
  env: NodeJS.ProcessEnv,
): Promise<Program> {
  const program = startProgram(name, new URL(`../apps/${name}/src/main.ts`, import.meta.url), env);
  stops.push(() => stopPrograms([program], STOP_MS));
  void program.ended.then((reason) => {
    if (!stopping && !replaced.has(program)) console.error(`${label} ended ${reason}`);
  });
  await program.ready;
  console.log(`${label} runs as process ${program.child.pid}`);
  return program;
}

async function startRedis(folder: string): Promise<string> {
  const port = await findFreePort();
  mkdirSync(folder, { recursive: true });
  const options = {
    port,
    bind: '127.0.0.1',
    dir: folder,
    appendonly: 'yes',
    'maxmemory-policy': 'noeviction',
  };
  const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, `${value}`]);
  stops.push((await startService('redis-server', flags, port)).stop);
  return `redis://127.0.0.1:${port}`;
}

async function startPgBouncer(pidFile: string, databaseUrl: string): Promise<string> {
  await endLeftover(pidFile, 'pgbouncer');
  const pooler = preparePgBouncer(await findFreePort(), databaseUrl);
  stops.push(async () => pooler.remove());
  const { child, stop } = await startService('pgbouncer', pooler.args, pooler.port);
  stops.push(stop);
  writeFileSync(pidFile, `${child.pid}`);
  return pooler.url;
}

async function startCluster(settings: Config): Promise<() => Promise<void>> {
  mkdirSync(settings.dataDir, { recursive: true });
  const folder = realpathSync(settings.dataDir);
  const postgres = await startEmbeddedPostgres({ dataDir: folder, onProgress: (line) => console.log(line) });
  stops.push(postgres.stop);
  await migrateToLatest(postgres.url);
  const shared: NodeJS.ProcessEnv = {
    ...process.env,
    DATABASE_URL: await startPgBouncer(join(folder, 'pgbouncer.pid'), postgres.url),
    REDIS_URL: await startRedis(join(folder, 'redis')),
    PUBLIC_URL: settings.publicUrl,
    TRUST_PROXY: '127.0.0.1',
    // nginx listens on this machine only; each server by itself refuses forwarded requests for mail.
    DEV_MAIL: 'public',
  };
  const ports: number[] = [];
  for (let n = 0; n < SERVERS; n++) ports.push(await findFreePort());
  const startServer = (n: number) =>
    runProgram('server', `Server ${n + 1}`, { ...shared, PORT: `${ports[n]}` });
  const servers = await Promise.all(ports.map((_, n) => startServer(n)));
  for (let n = 0; n < WORKERS; n++)
    await runProgram('worker', `Worker ${n + 1}`, { ...shared, WORKER_PORT: `${await findFreePort()}` });
  await endLeftover(join(folder, 'nginx/nginx.pid'), 'nginx');
  const nginx = prepareNginx(join(folder, 'nginx'), settings.port, ports);
  const balancer: Service = await startService('nginx', nginx.args, settings.port);
  stops.push(balancer.stop);
  return async () => {
    for (const [n, server] of servers.entries()) {
      nginx.drain(n);
      await sleep(DRAIN_MS);
      replaced.add(server);
      await stopPrograms([server], STOP_MS);
      servers[n] = await startServer(n);
      nginx.refill(n);
    }
  };
}

const missing = listMissingPrograms(['nginx', 'pgbouncer', 'redis-server']);
if (missing.length > 0) {
  console.error(
    `Missing: ${missing.join(', ')}. On Debian: apt-get install nginx-light pgbouncer redis-server`,
  );
  process.exit(1);
}
const config = readConfig();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void shutDown(0));
watchRunner('cluster', () => void shutDown(0));
try {
  const replaceServers = await startCluster(config);
  let replacing = Promise.resolve();
  process.on('SIGUSR2', () => {
    replacing = replacing.then(replaceServers).then(
      () => console.log('All servers have been replaced.'),
      (error: unknown) => console.error(`Replacing failed: ${String(error)}`),
    );
  });
  console.log(`\nThe cluster is ready at ${config.publicUrl}`);
  console.log(`kill -USR2 ${process.pid} replaces the servers one by one. Ctrl-C stops everything.`);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  await shutDown(1);
}
