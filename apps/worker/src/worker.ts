import { abandonMessage, type App, handleMessage, type JobCtx, jobs } from '@linkgrove/api/jobs';
import { UnrecoverableError } from 'bullmq';
import { type JobWorker, openQueues } from './queues.ts';
import { startRelay } from './relay.ts';
import { schedule, UPKEEP } from './schedules.ts';
import { createMailer, PermanentMailError } from './smtp.ts';

export type RunningWorker = { close: () => Promise<void> };

/** Handles a message; a failure that no retry will change is not retried. */
async function handle(ctx: JobCtx, outboxId: string): Promise<void> {
  try {
    await handleMessage(ctx, jobs, outboxId);
  } catch (error) {
    throw error instanceof PermanentMailError ? new UnrecoverableError(error.message) : error;
  }
}

/** Records a message that was given up, so that an operator can see it. */
function recordFailures(app: App, worker: JobWorker): void {
  worker.on('failed', (job, error) => {
    app.logger.warn(
      { err: error, job: job?.name, outboxId: job?.data.outboxId, attempt: job?.attemptsMade },
      'job failed',
    );
    const isFinal =
      job && (error instanceof UnrecoverableError || job.attemptsMade >= (job.opts.attempts ?? 1));
    if (!isFinal || !job.data.outboxId) return;
    abandonMessage(app, job.data.outboxId, error.message).catch((cause: unknown) =>
      app.logger.error({ err: cause }, 'A failure could not be recorded'),
    );
  });
}

/** Starts relaying the outbox, handling its messages and doing upkeep, until it is closed. */
export async function startWorker(
  app: App,
  options: { databaseUrl: string; pollMs?: number },
): Promise<RunningWorker> {
  const mailer = createMailer(app.config);
  const ctx: JobCtx = { ...app, mailer: mailer.send };
  const queues = await openQueues(options.databaseUrl, app.logger);
  for (const name of ['mail', 'events'] as const) {
    const worker = queues.work(name, async ({ data }) => {
      if (data.outboxId) await handle(ctx, data.outboxId);
    });
    recordFailures(app, worker);
  }
  recordFailures(
    app,
    queues.work('upkeep', async ({ name }) => void (await UPKEEP[name]?.run(app))),
  );
  await schedule(queues.queue('upkeep'));
  const relay = startRelay(app, queues, options.pollMs ?? 250);
  return {
    close: async () => {
      await relay.stop();
      await queues.close();
      mailer.close();
    },
  };
}
