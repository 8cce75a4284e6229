import { availableParallelism } from 'node:os';
import { ConfigError, type Config, loadDevelopmentSecrets, parseConfig } from '@linkgrove/api/config';
import { isDatabaseUnavailable, migrateToLatest } from '@linkgrove/db';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@linkgrove/db/embedded';
import { watchRunner } from './lib/parents.ts';
import { killPrograms, type Program, startProgram, stopPrograms } from './lib/programs.ts';
import { formatWelcome } from './lib/welcome.ts';

/** What programs take beside the time that the settings give them to stop. */
const PATIENCE_MS = 1_000;
// One Ctrl-C may come twice: from the terminal, and passed on by npm.
const SAME_SIGNAL_MS = 1_000;

const programs: Program[] = [];
let database: Promise<EmbeddedPostgres> | undefined;
let stopping: { since: number } | undefined;

/** Stops all that runs and ends this process. The first call decides on the exit code. */
async function shutDown(exitCode: number): Promise<void> {
  if (stopping) return;
  stopping = { since: Date.now() };
  await stopPrograms(programs, config.shutdownMs + PATIENCE_MS);
  try {
    const postgres = await database?.catch(() => undefined);
    await postgres?.stop();
    process.exit(exitCode);
  } catch (error) {
    fail(error);
    process.exit(1);
  }
}

function fail(error: unknown): void {
  console.error(error instanceof Error ? error.message : String(error));
}

function stopOnRequest(): void {
  if (!stopping) {
    console.log('\nStopping…');
    void shutDown(0);
  } else if (Date.now() - stopping.since > SAME_SIGNAL_MS) {
    killPrograms(programs);
  }
}

function readConfig(): Config {
  try {
    return parseConfig(loadDevelopmentSecrets(process.env));
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    fail(error instanceof ConfigError ? error : `Configuration: DATA_DIR cannot be used (${code})`);
    process.exit(1);
  }
}

/** The database given, or one of our own. */
async function openDatabase(config: Config): Promise<string> {
  if (config.databaseUrl) return config.databaseUrl;
  database = startEmbeddedPostgres({
    dataDir: config.dataDir,
    onProgress: (line) => console.log(line),
    onLost: (error) => {
      fail(error);
      void shutDown(1);
    },
  });
  return (await database).url;
}

async function migrate(url: string): Promise<void> {
  try {
    const applied = await migrateToLatest(url);
    if (applied.length > 0) console.log(`Applied ${applied.length} migrations.`);
  } catch (cause) {
    // What a driver says of a connection may tell parts of the URL.
    const reason = isDatabaseUnavailable(cause) ? 'cannot be reached' : `does not migrate: ${String(cause)}`;
    throw new Error(`The database of DATABASE_URL ${reason}`, { cause });
  }
}

/** Nothing is worth much alone: when a program ends by itself, the others follow. */
async function stopWith({ name, ended }: Program): Promise<void> {
  const reason = await ended;
  if (stopping) return;
  console.error(`The ${name} ended ${reason}; stopping everything.`);
  await shutDown(1);
}

function run(name: string, env: NodeJS.ProcessEnv): Program {
  const program = startProgram(name, new URL(`../apps/${name}/src/main.ts`, import.meta.url), env);
  programs.push(program);
  void stopWith(program);
  return program;
}

async function start(config: Config): Promise<void> {
  const url = await openDatabase(config);
  if (stopping) return;
  await migrate(url);
  if (stopping) return;
  console.log('Starting the server and the worker…');
  // Hashing may hold all cores but one; two more threads are for files and names.
  const threads = String(Math.max(4, availableParallelism() + 1));
  const env = { UV_THREADPOOL_SIZE: threads, ...process.env, DATABASE_URL: url };
  await Promise.all([run('server', env).ready, run('worker', env).ready]);
  if (!stopping) console.log(formatWelcome(config));
}

const config = readConfig();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stopOnRequest);
// Whoever read our output may be gone before us.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
watchRunner('start', stopOnRequest);
start(config).catch((error: unknown) => {
  if (!stopping) fail(error);
  void shutDown(1);
});
