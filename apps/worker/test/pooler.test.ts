import { createLogger, generateId } from '@linkgrove/api';
import { createApp } from '@linkgrove/api/jobs';
import { hasProgram, startMailbox, startPgBouncer, testConfig } from '@linkgrove/api/testing';
import { cloneDatabase } from '@linkgrove/db/testing';
import { sql } from 'kysely';
import { expect, inject, it } from 'vitest';
import { startWorker } from '../src/worker.ts';

// PgBouncer refuses startup options, or drops them if configured to.
const VERSIONS = [
  ['with default settings', []],
  ['with ignore_startup_parameters', ['ignore_startup_parameters = options']],
] satisfies [string, string[]][];

it.skipIf(!hasProgram('pgbouncer', process.env)).each(VERSIONS)(
  'the queues work through PgBouncer in transaction mode, %s, and leave no session settings behind',
  async (_what, settings) => {
    const database = await cloneDatabase(inject('databaseServerUrl'));
    const pooler = await startPgBouncer(database.url, settings);
    const mailbox = await startMailbox();
    const logger = createLogger({ level: 'silent', name: 'test' });
    const config = testConfig({ SMTP_URL: mailbox.url });
    const app = await createApp({ config, databaseUrl: pooler.url, logger });
    const workers = [
      await startWorker(app, { databaseUrl: pooler.url }),
      await startWorker(app, { databaseUrl: pooler.url }),
    ];
    const people = Array.from({ length: 20 }, (_, n) => `person${n}@example.com`);
    for (const to of people) {
      const payload = JSON.stringify({ template: 'password-changed', to, username: 'ada' });
      await app.db.insertInto('outbox').values({ id: generateId(), topic: 'mail.send', payload }).execute();
    }
    const open = async () =>
      (await app.db.selectFrom('outbox').select('id').where('done_at', 'is', null).execute()).length;
    await expect.poll(open).toBe(0);
    expect(mailbox.received.map(({ to }) => to).toSorted()).toEqual(people.toSorted());
    const paths = await Promise.all(
      people.map(() => sql<{ search_path: string }>`show search_path`.execute(app.db)),
    );
    expect(new Set(paths.map(({ rows }) => rows[0]?.search_path))).toEqual(new Set(['"$user", public']));
    await Promise.all(workers.map((worker) => worker.close()));
    await app.close();
    await mailbox.close();
    await pooler.close();
    await database.drop();
  },
);
