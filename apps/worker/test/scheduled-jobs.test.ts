import { createLogger, generateId } from '@linkgrove/api';
import { type App, createApp } from '@linkgrove/api/jobs';
import { hasProgram, startRedis, testConfig } from '@linkgrove/api/testing';
import { cloneDatabase } from '@linkgrove/db/testing';
import { openQueues, type Queues } from '@linkgrove/queues';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { startSchedules, SCHEDULED_JOBS } from '../src/schedules.ts';
import { startWorker } from '../src/worker.ts';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

const logger = createLogger({ level: 'silent', name: 'test' });
const BACKENDS = hasProgram('redis-server', process.env) ? ['PostgreSQL', 'Redis'] : ['PostgreSQL'];

async function open(backend: string): Promise<{ app: App; queues: Queues }> {
  const database = await cloneDatabase(inject('databaseServerUrl'));
  cleanUps.push(database.drop);
  const redis = backend === 'Redis' ? await startRedis() : undefined;
  if (redis) cleanUps.push(redis.close);
  const app = await createApp({ config: testConfig(), databaseUrl: database.url, logger });
  cleanUps.push(app.close);
  const queues = await openQueues({ databaseUrl: database.url, redisUrl: redis?.url, logger });
  cleanUps.push(queues.close);
  return { app, queues };
}

describe.each(BACKENDS)('the scheduled jobs on %s', (backend) => {
  it('are scheduled once, and rescheduled if missing, changed or unknown', async () => {
    const { queues } = await open(backend);
    const queue = queues.queue('scheduled');
    const schedules = async () =>
      Object.fromEntries((await queue.getJobSchedulers(0, -1)).map(({ key, every }) => [key, every]));
    expect(await startSchedules(queue)).toBe(true);
    const made = await schedules();
    expect(Object.keys(made).toSorted()).toEqual(Object.keys(SCHEDULED_JOBS).toSorted());
    await queue.removeJobScheduler('referrals.roll-up');
    await queue.upsertJobScheduler(
      'outbox.check-overdue',
      { every: 1_000 },
      { name: 'outbox.check-overdue' },
    );
    await queue.upsertJobScheduler('of.another-version', { every: 1_000 }, { name: 'of.another-version' });
    expect(await startSchedules(queue)).toBe(false);
    expect(await schedules()).toEqual(made);
  });

  it('relay a message again that the queue lost, record one that failed, and leave the others', async () => {
    const { app, queues } = await open(backend);
    const longAgo = new Date(Date.now() - 10 * 60_000);
    const leave = async () => {
      const id = generateId();
      const row = { id, topic: 'test', payload: '{}', relayed_at: longAgo };
      await app.db.insertInto('outbox').values(row).execute();
      return id;
    };
    const [lost, kept, failed] = [await leave(), await leave(), await leave()];
    const queue = queues.queue('urgent');
    const worker = queues.work(
      'urgent',
      async () => {
        throw new Error('Out of luck');
      },
      { concurrency: 1 },
    );
    await queue.add('test', { outboxId: failed }, { jobId: failed, attempts: 1 });
    await expect.poll(async () => (await queue.getJob(failed))?.getState()).toBe('failed');
    await worker.close();
    await queue.add('test', { outboxId: kept }, { jobId: kept });
    await SCHEDULED_JOBS['outbox.check-overdue']?.run(app, queues);
    const row = (id: string) =>
      app.db.selectFrom('outbox').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
    expect(await row(lost)).toMatchObject({ relayed_at: null, failed_at: null });
    expect(await row(failed)).toMatchObject({ failed_at: expect.any(Date), last_error: 'Out of luck' });
    expect((await row(kept)).relayed_at?.getTime()).toBeGreaterThan(longAgo.getTime());
  });
});

describe('the status server of a worker', () => {
  const start = async (env: Record<string, string>) => {
    const { app } = await open('PostgreSQL');
    const mine = { ...app, config: testConfig(env) };
    const worker = await startWorker(mine, { databaseUrl: app.databaseUrl, pollMs: 10 });
    cleanUps.push(worker.close);
    return { app, url: worker.statusUrl };
  };

  it('does not start without a port', async () => {
    expect((await start({})).url).toBeUndefined();
  });

  it('serves health, readiness and metrics on its own port', async () => {
    const { app, url } = await start({ WORKER_PORT: '0', METRICS: 'on', SMTP_URL: 'smtp://127.0.0.1:1' });
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: 'ok' });
    expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ status: 'ready' });
    expect((await fetch(`${url}/elsewhere`)).status).toBe(404);
    const payload = JSON.stringify({ template: 'password-changed', to: 'ada@example.com', username: 'ada' });
    await app.db.insertInto('outbox').values({ id: generateId(), topic: 'mail.send', payload }).execute();
    const metrics = async () => (await fetch(`${url}/metrics`)).text();
    const outcome = /linkgrove_jobs_total\{queue="urgent",job="mail.send",outcome="retried"\} [1-9]/;
    await expect.poll(metrics, { interval: 200 }).toMatch(outcome);
    const text = await metrics();
    for (const line of [
      /linkgrove_outbox_messages\{queue="urgent",state="open"\} 1/,
      /linkgrove_outbox_oldest_seconds\{queue="urgent"\} \d/,
      /linkgrove_queue_jobs\{queue="bulk",state="waiting"\} 0/,
      /linkgrove_relay_leader 1/,
      /linkgrove_relay_lag_seconds\{queue="urgent"\} 0/,
      /linkgrove_dependency_up\{dependency="queues"\} 1/,
      /linkgrove_build_info\{/,
      /linkgrove_job_duration_seconds_count\{queue="urgent"\} \d/,
      /linkgrove_database_connections\{state="idle"\} \d/,
    ])
      expect(text).toMatch(line);
  });

  it('serves no metrics unless they are switched on', async () => {
    const { url } = await start({ WORKER_PORT: '0', METRICS: 'off' });
    expect((await fetch(`${url}/metrics`)).status).toBe(404);
  });
});
