import {
  abandonMessage,
  type App,
  handleMessage,
  type JOBS_BY_TOPIC,
  type OutgoingMail,
} from '@linkgrove/api/jobs';
import { type QueueJob, type JobWorker, UnrecoverableError } from '@linkgrove/queues';
import { PermanentMailError } from './smtp.ts';
import { withDeadline } from './time.ts';

type Send = (mail: OutgoingMail, signal: AbortSignal) => Promise<void>;

const isPermanentError = (error: unknown): error is Error =>
  error instanceof PermanentMailError || (error instanceof Error && error.name === 'ZodError');

export const createMessageHandler =
  (app: App, handlers: typeof JOBS_BY_TOPIC, send: Send) =>
  async ({ data: { outboxId } }: QueueJob): Promise<void> => {
    if (!outboxId) return;
    try {
      await withDeadline(app.config.worker.jobTimeoutMs, (signal) =>
        handleMessage({ ...app, mailer: (mail) => send(mail, signal) }, handlers, outboxId),
      );
    } catch (error) {
      if (!isPermanentError(error)) throw error;
      throw new UnrecoverableError(error.message);
    }
  };

export const isAbandoned = (job: QueueJob, error: Error): boolean =>
  error instanceof UnrecoverableError || job.attemptsMade >= (job.opts.attempts ?? 1);

export function recordFailures(app: App, worker: JobWorker): void {
  worker.on('failed', (job, error) => {
    if (!job) return;
    const { outboxId } = job.data;
    const isFinal = isAbandoned(job, error);
    const details = { err: error, job: job.name, outboxId, attempt: job.attemptsMade };
    if (isFinal) app.logger.error(details, 'job failed for the last time');
    else app.logger.warn(details, 'job failed, will be retried');
    if (!isFinal || !outboxId) return;
    // If this write fails, the check for overdue messages records the failure later.
    abandonMessage(app, outboxId, error.message).catch((cause: unknown) =>
      app.logger.error({ err: cause }, 'could not record a failed job'),
    );
  });
  worker.on('stalled', (jobId) =>
    app.logger.warn({ jobId, queue: worker.name }, 'job stalled, its worker is gone'),
  );
}
