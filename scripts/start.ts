import { ConfigError, type Config, loadDevelopmentSecrets, parseConfig } from '@linkgrove/api/config';
import { isDatabaseUnavailable, migrateToLatest } from '@linkgrove/db';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@linkgrove/db/embedded';
import { watchRunner } from './lib/parents.ts';
import { killPrograms, prepareProgram, type Program, stopPrograms } from './lib/programs.ts';
import { formatWelcome } from './lib/welcome.ts';

/** Added to `shutdownMs` before programs are killed. */
const EXTRA_STOP_MS = 1_000;
// One Ctrl-C can arrive twice: from the terminal and from npm.
const SAME_SIGNAL_MS = 1_000;

const programs: Program[] = [];
let database: Promise<EmbeddedPostgres> | undefined;
let stopping: { since: number } | undefined;

/** Stops everything and exits. The first call sets the exit code. */
async function shutDown(exitCode: number): Promise<void> {
  if (stopping) return;
  stopping = { since: Date.now() };
  await stopPrograms(programs, config.shutdownMs + EXTRA_STOP_MS);
  try {
    const postgres = await database?.catch(() => undefined);
    await postgres?.stop();
    process.exit(exitCode);
  } catch (error) {
    printError(error);
    process.exit(1);
  }
}

function printError(error: unknown): void {
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
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    printError(error instanceof ConfigError ? error : `Configuration: DATA_DIR cannot be used (${code})`);
    process.exit(1);
  }
}

async function prepareDatabase({ databaseUrl, dataDir }: Config): Promise<string> {
  if (databaseUrl) return databaseUrl;
  database = startEmbeddedPostgres({
    dataDir,
    onProgress: (line) => console.log(line),
    onLost: (error) => {
      printError(error);
      void shutDown(1);
    },
  });
  return (await database).url;
}

async function migrateDatabase(url: string): Promise<void> {
  try {
    const applied = await migrateToLatest(url);
    if (applied.length > 0) console.log(`Applied ${applied.length} migrations.`);
  } catch (cause) {
    // The driver's message may contain parts of the URL.
    const reason = isDatabaseUnavailable(cause)
      ? 'cannot be reached'
      : `cannot be migrated: ${String(cause)}`;
    throw new Error(`The database of DATABASE_URL ${reason}`, { cause });
  }
}

async function stopAllWith({ name, ended }: Program): Promise<void> {
  const reason = await ended;
  if (stopping) return;
  console.error(`The ${name} ended ${reason}. Stopping everything.`);
  await shutDown(1);
}

function prepare(name: 'server' | 'worker'): ReturnType<typeof prepareProgram> {
  const program = prepareProgram(name, process.env);
  programs.push(program);
  void stopAllWith(program);
  return program;
}

async function startAll(settings: Config): Promise<void> {
  const [server, worker] = [prepare('server'), prepare('worker')];
  const url = await prepareDatabase(settings);
  if (stopping) return;
  await migrateDatabase(url);
  if (stopping) return;
  console.log('Starting the server and the worker…');
  const env = { DATABASE_URL: url };
  await Promise.all([server.run(env), worker.run(env)]);
  if (!stopping) console.log(formatWelcome(settings));
}

const config = readConfig();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stopOnRequest);
// The reader of the output may exit first, for example in a pipe.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
watchRunner('start', stopOnRequest);
startAll(config).catch((error: unknown) => {
  if (!stopping) printError(error);
  void shutDown(1);
});
