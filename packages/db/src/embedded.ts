import type { ChildProcess } from 'node:child_process';
import { mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { findLauncher, type Launcher } from './embedded-binaries.ts';
import { createCluster, readPassword, DATABASE_USER } from './embedded-cluster.ts';
import {
  findFreePort,
  findServer,
  findLastFault,
  type Process,
  spawnServer,
  stopServer,
} from './embedded-server.ts';

export { findFreePort } from './embedded-server.ts';

export type EmbeddedPostgres = {
  url: string;
  adopted: boolean;
  stop(): Promise<void>;
};

export type EmbeddedPostgresOptions = {
  dataDir: string;
  database?: string;
  settings?: Record<string, string>;
  onProgress?: (line: string) => void;
  onLost?: (error: Error) => void;
};

type Cluster = {
  data: string;
  log: string;
  launcher: Launcher;
  password: string;
  settings: Record<string, string>;
};
/** `lock` is the connection that reserves the data directory for this process. */
type Server = Process & { adopted: boolean; lock: pg.Client };

const START_TIMEOUT_MS = 60_000;
const MAX_SPAWNS = 6;
const LOCK_KEY = 7_214_033;
const LOCK_NOT_AVAILABLE = '55P03';

async function openCluster(options: EmbeddedPostgresOptions): Promise<Cluster> {
  const { settings = {} } = options;
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
  const dataDir = await realpath(options.dataDir);
  const folder = join(dataDir, 'postgres');
  const launcher = await findLauncher(dataDir, folder);
  if (!(await readPassword(folder))) {
    options.onProgress?.('Creating the database…');
    await createCluster(folder, launcher, settings['fsync'] !== 'off');
  }
  const password = (await readPassword(folder)) ?? '';
  return {
    data: join(folder, 'data'),
    log: join(dataDir, 'postgres.log'),
    launcher,
    password,
    settings,
  };
}

async function takeLock({ data, password }: Cluster, port: number): Promise<pg.Client | undefined> {
  const login = { host: '127.0.0.1', port, user: DATABASE_USER, password, database: DATABASE_USER };
  const client = new pg.Client({ ...login, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ data_directory: string }>('show data_directory');
    if (rows[0]?.data_directory !== data) throw new Error('This server belongs to another cluster');
    await client.query(`set lock_timeout = '1s'`);
    await client.query('select pg_advisory_lock($1)', [LOCK_KEY]);
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    const isTaken = error instanceof pg.DatabaseError && error.code === LOCK_NOT_AVAILABLE;
    const fault = `Another Linkgrove is running on DATA_DIR ${join(data, '../..')}`;
    if (isTaken) throw new Error(fault, { cause: error });
    return undefined;
  }
}

const isRunning = (child: ChildProcess | undefined): boolean =>
  child?.pid !== undefined && child.exitCode === null && child.signalCode === null;

async function acquireServer(cluster: Cluster, signal: AbortSignal, port?: number): Promise<Server> {
  let child: ChildProcess | undefined;
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (let spawns = 0; Date.now() < deadline && !signal.aborted; await sleep(20)) {
    const found = await findServer(cluster.data);
    const lock = found && (await takeLock(cluster, found.port));
    if (found && lock) return { ...found, adopted: found.pid !== child?.pid, lock };
    if (found || isRunning(child)) continue;
    // Orphans of a killed server, or a port that was just taken, block a start only briefly.
    if (spawns === MAX_SPAWNS) throw new Error(`PostgreSQL: ${await findLastFault(cluster.log)}`);
    await sleep(100 * spawns++);
    const settings = { ...cluster.settings, port: `${port ?? (await findFreePort())}` };
    child = await spawnServer(cluster, settings);
  }
  if (signal.aborted && child?.pid) await stopServer(child.pid, cluster.data);
  throw new Error(`PostgreSQL did not become ready, see ${cluster.log}`);
}

function keepRunning(cluster: Cluster, first: Server, onLost?: (error: Error) => void): () => Promise<void> {
  const stopping = new AbortController();
  let current: Server | undefined;
  let restarting = Promise.resolve();
  const restart = async (port: number): Promise<void> => {
    current = undefined;
    await acquireServer(cluster, stopping.signal, port).then(watch, (error: Error) => {
      if (!stopping.signal.aborted) onLost?.(error);
    });
  };
  const watch = (server: Server): void => {
    current = server;
    server.lock.once('end', () => {
      if (!stopping.signal.aborted) restarting = restart(server.port);
    });
  };
  const stop = async (): Promise<void> => {
    stopping.abort();
    await restarting;
    if (current) await stopServer(current.pid, cluster.data);
    await current?.lock.end().catch(() => {});
  };
  watch(first);
  let stopped: Promise<void> | undefined;
  return () => (stopped ??= stop());
}

async function ensureDatabase(client: pg.Client, name: string): Promise<void> {
  const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
  if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`);
}

/** Adopts the server that a killed process left there. Throws if another process uses the data directory. */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { database = 'linkgrove' } = options;
  const cluster = await openCluster(options);
  if (!(await findServer(cluster.data))) options.onProgress?.('Starting PostgreSQL…');
  const server = await acquireServer(cluster, new AbortController().signal);
  const stop = keepRunning(cluster, server, options.onLost);
  try {
    await ensureDatabase(server.lock, database);
  } catch (error) {
    await stop();
    throw error;
  }
  const address = `${DATABASE_USER}:${cluster.password}@127.0.0.1:${server.port}`;
  return {
    url: `postgres://${address}/${encodeURIComponent(database)}`,
    adopted: server.adopted,
    stop,
  };
}

export async function findEmbeddedUrl(dataDir: string, database = 'linkgrove'): Promise<string | undefined> {
  const folder = join(await realpath(dataDir).catch(() => dataDir), 'postgres');
  const server = await findServer(join(folder, 'data'));
  const password = await readPassword(folder);
  return server && password
    ? `postgres://${DATABASE_USER}:${password}@127.0.0.1:${server.port}/${database}`
    : undefined;
}
