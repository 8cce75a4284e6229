import { createLogger, type Env, generateId } from '@linkgrove/api';
import { type App, createApp } from '@linkgrove/api/jobs';
import {
  findFreePort,
  hasProgram,
  type Mailbox,
  startMailbox,
  startProgram,
  startRedis,
  testConfig,
  type TestProgram,
  type TestRedis,
} from '@linkgrove/api/testing';
import { cloneDatabase } from '@linkgrove/db/testing';
import { sql } from 'kysely';
import { expect, inject } from 'vitest';
import { call, cleanUpLater, type Client, createClient, newPerson } from '../kit/index.ts';

type Backend = 'PostgreSQL' | 'Redis';

function findBackends(): Backend[] {
  if (!hasProgram('redis-server', process.env)) return ['PostgreSQL'];
  return process.env['FAULTS'] === 'all' ? ['PostgreSQL', 'Redis'] : ['Redis'];
}

/**
 * What queues are kept in here: Redis where it is installed, both where faults are repeated (`npm run faults`).
 * The tests of the worker, and those of kills, keep theirs in PostgreSQL.
 */
export const BACKENDS = findBackends();

export type FleetServer = TestProgram & Client;

/** Servers and workers as processes of their own, that can be killed, on a database and a mail server of one test. */
export type Fleet = {
  app: App;
  mailbox: Mailbox;
  /** Only where queues are kept in Redis. */
  redis: TestRedis;
  startServer: (env?: Env) => Promise<FleetServer>;
  startWorker: (env?: Env) => Promise<TestProgram>;
  /** Adds a message to the outbox; returns its id. */
  addMessage: (topic: string, payload: object, queue?: 'urgent' | 'bulk') => Promise<string>;
  addMail: (to: string) => Promise<string>;
  findMessage: (
    id: string,
  ) => Promise<{ done_at: Date | null; failed_at: Date | null; last_error: string | null }>;
  /** What jobs of `worker-program.ts` have done for a key, in order. */
  readEffects: (key: string) => Promise<{ what: string; pid: number }[]>;
};

/** Waits until `probe` gives what is wanted, for at most so many seconds. */
export const expectWithin = (seconds: number, probe: () => unknown) =>
  expect.poll(probe, { timeout: seconds * 1_000, interval: 50 });

export async function startFleet(options: {
  backend?: 'PostgreSQL' | 'Redis';
  env?: Env;
  redis?: Record<string, string>;
  mailbox?: Parameters<typeof startMailbox>[0];
}): Promise<Fleet> {
  const database = await cloneDatabase(inject('databaseServerUrl'));
  cleanUpLater(database.drop);
  const mailbox = await startMailbox(options.mailbox);
  cleanUpLater(mailbox.close);
  const redis = options.backend === 'Redis' ? await startRedis(options.redis) : undefined;
  if (redis) cleanUpLater(redis.close);
  const env: Env = {
    DATABASE_URL: database.url,
    SMTP_URL: mailbox.url,
    REDIS_URL: redis?.url,
    MAIL_FROM: 'Linkgrove <hello@linkgrove.test>',
    ...options.env,
  };
  const logger = createLogger({ level: 'silent', name: 'test' });
  // Without Redis: what a test asks of the database must not wait for a part that it has taken away.
  const app = await createApp({ config: testConfig(), databaseUrl: database.url, logger });
  cleanUpLater(app.close);
  await sql`create table effects (n bigserial, key text, what text, pid int)`.execute(app.db);
  const start = async (file: string, extra: Env): Promise<TestProgram> => {
    const program = await startProgram(file, { ...env, ...extra });
    cleanUpLater(program.kill);
    return program;
  };
  const addMessage: Fleet['addMessage'] = async (topic, payload, queue = 'urgent') => {
    const id = generateId();
    const row = { id, topic, queue, payload: JSON.stringify(payload) };
    await app.db.insertInto('outbox').values(row).execute();
    return id;
  };
  return {
    app,
    mailbox,
    redis: redis as TestRedis,
    startServer: async (extra = {}) => {
      const port = extra['PORT'] ?? `${await findFreePort()}`;
      const program = await start('apps/server/src/main.ts', { PORT: port, ...extra });
      const url = `http://127.0.0.1:${port}`;
      return { ...program, ...createClient(url) };
    },
    startWorker: (extra = {}) => start('apps/server/test/faults/worker-program.ts', extra),
    addMessage,
    addMail: (to) => addMessage('mail.send', { template: 'password-changed', to, username: 'ada' }),
    findMessage: (id) =>
      app.db
        .selectFrom('outbox')
        .select(['done_at', 'failed_at', 'last_error'])
        .where('id', '=', id)
        .executeTakeFirstOrThrow(),
    readEffects: async (key) =>
      (
        await sql<{
          what: string;
          pid: number;
        }>`select what, pid from effects where key = ${key} order by n`.execute(app.db)
      ).rows,
  };
}

/** Registers someone new; returns them with the status, or without one where the answer was lost. */
export async function registerOnFleet(url: string) {
  const person = newPerson();
  const answer = await call(url, 'POST', '/api/register', { body: person }).catch(() => undefined);
  return { ...person, status: answer?.status, token: answer?.body.accessToken as string };
}
