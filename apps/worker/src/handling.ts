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

/** A refused mail, and a payload that its own schema refuses, stay as they are however often they are tried. */
const isHopeless = (error: unknown): boolean =>
  error instanceof PermanentMailError || (error as Error).name === 'ZodError';

/** Handles the message a job stands for, in the time that a job may take. */
export const createMessageHandler =
  (app: App, handlers: typeof JOBS_BY_TOPIC, send: Send) =>
  async ({ data: { outboxId } }: QueueJob): Promise<void> => {
    if (!outboxId) return;
    try {
      await withDeadline(app.config.worker.jobTimeoutMs, (signal) =>
        handleMessage({ ...app, mailer: (mail) => send(mail, signal) }, handlers, outboxId),
      );
    } catch (error) {
      if (!isHopeless(error)) throw error;
      throw new UnrecoverableError((error as Error).message);
    }
  };

/** Whether a failed job will not be tried again. */
export const isAbandoned = (job: QueueJob, error: Error): boolean =>
  error instanceof UnrecoverableError || job.attemptsMade >= (job.opts.attempts ?? 1);

/** Logs failures, and records in the outbox which messages were given up, so that an operator can see them. */
export function recordFailures(app: App, worker: JobWorker): void {
  worker.on('failed', (job, error) => {
    if (!job) return;
    const { outboxId } = job.data;
    const isFinal = isAbandoned(job, error);
    const details = { err: error, job: job.name, outboxId, attempt: job.attemptsMade };
    if (isFinal) app.logger.error(details, 'job given up');
    else app.logger.warn(details, 'job failed');
    if (!isFinal || !outboxId) return;
    // Should this fail, the message is found overdue later, and its job given up.
    abandonMessage(app, outboxId, error.message).catch((cause: unknown) =>
      app.logger.error({ err: cause }, 'A failure could not be recorded'),
    );
  });
  worker.on('stalled', (jobId) => app.logger.warn({ jobId, queue: worker.name }, 'job of a lost worker'));
}
