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
 * Where queues are kept in these tests: in Redis if it is installed, and in both for `npm run faults`. The
 * tests of the worker and of kills keep their queues in PostgreSQL.
 */
export const BACKENDS = findBackends();

export type FleetServer = TestProgram & Client;

/** Servers and workers as separate processes that can be killed, with a database and a mail server of their own. */
export type Fleet = {
  app: App;
  mailbox: Mailbox;
  /** Set only if the backend is Redis. */
  redis: TestRedis;
  startServer: (env?: Env) => Promise<FleetServer>;
  startWorker: (env?: Env) => Promise<TestProgram>;
  /** Adds a message to the outbox; returns its id. */
  addMessage: (topic: string, payload: object, queue?: 'urgent' | 'bulk') => Promise<string>;
  addMail: (to: string) => Promise<string>;
  findMessage: (
    id: string,
  ) => Promise<{ done_at: Date | null; failed_at: Date | null; last_error: string | null }>;
  /** The effects that jobs of `worker-program.ts` had for a key, in order. */
  readEffects: (key: string) => Promise<{ what: string; pid: number }[]>;
};

/** Polls `probe` for at most `seconds`. */
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
  // Without Redis, so that a test's own queries never wait for a service that it has stopped.
  const app = await createApp({ config: testConfig(), databaseUrl: database.url, logger });
  cleanUpLater(app.close);
  await sql`create table effects (n bigserial, key text, what text, pid int)`.execute(app.db);
  const startInFleet = async (file: string, extra: Env): Promise<TestProgram> => {
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
      const program = await startInFleet('apps/server/src/main.ts', { PORT: port, ...extra });
      const url = `http://127.0.0.1:${port}`;
      return { ...program, ...createClient(url) };
    },
    startWorker: (extra = {}) => startInFleet('apps/server/test/faults/worker-program.ts', extra),
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

/** Registers a new person; the status is missing if the answer was lost. */
export async function registerOnFleet(url: string) {
  const person = newPerson();
  const answer = await call(url, 'POST', '/api/register', { body: person }).catch(() => undefined);
  return { ...person, status: answer?.status, token: answer?.body.accessToken as string };
}
