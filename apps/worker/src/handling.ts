import {
  abandonMessage,
  returnMessage,
  type App,
  handleMessage,
  type JOBS_BY_TOPIC,
  type OriginCtx,
  type OutgoingMail,
} from '@linkgrove/api/jobs';
import { type QueueJob, type JobWorker, UnrecoverableError } from '@linkgrove/queues';
import { judgeMailError, MailServerError, PermanentMailError } from './smtp.ts';
import { withDeadline } from './time.ts';

type Send = (mail: OutgoingMail & OriginCtx, signal: AbortSignal) => Promise<void>;

const isPermanentError = (error: unknown): error is Error =>
  error instanceof PermanentMailError || (error instanceof Error && error.name === 'ZodError');

async function sendCounted({ metrics, logger }: App, sending: Promise<void>): Promise<void> {
  try {
    await sending;
    metrics.mailAttempts.inc({ outcome: 'sent' });
  } catch (error) {
    metrics.mailAttempts.inc({ outcome: judgeMailError(error) });
    if (error instanceof MailServerError) reportServerFault(logger, error);
    throw error;
  }
}

const REPORT_EVERY_MS = 60_000;
let reportedAt = -Infinity;

/** One line a minute, since every mail that waits has the same cause. */
function reportServerFault(logger: App['logger'], error: MailServerError): void {
  if (performance.now() - reportedAt < REPORT_EVERY_MS) return;
  reportedAt = performance.now();
  logger.error({ err: error }, 'the mail server cannot be used, mail waits for it');
}

export const createMessageHandler =
  (app: App, handlers: typeof JOBS_BY_TOPIC, send: Send) =>
  async ({ data: { outboxId, requestId } }: QueueJob): Promise<void> => {
    if (!outboxId) return;
    try {
      await withDeadline(app.config.worker.jobTimeoutMs, (signal) =>
        handleMessage(
          { ...app, mailer: (mail) => sendCounted(app, send({ ...mail, requestId }, signal)) },
          handlers,
          outboxId,
        ),
      );
    } catch (error) {
      if (!isPermanentError(error)) throw error;
      throw new UnrecoverableError(error.message);
    }
  };

export const isAbandoned = (job: QueueJob, error: Error): boolean =>
  error instanceof UnrecoverableError || job.attemptsMade >= (job.opts.attempts ?? 1);

/** If a write fails, the check for overdue messages does the same later. */
async function waitForServer(app: App, job: QueueJob, id: string, { message }: Error): Promise<void> {
  try {
    // The queue ignores an ID that it knows.
    await job.remove();
    if (!(await returnMessage(app, id))) await abandonMessage(app, id, message);
  } catch (error) {
    app.logger.error({ err: error }, 'could not record a failed job');
  }
}

export function recordFailures(app: App, worker: JobWorker): void {
  worker.on('failed', (job, error) => {
    if (!job) return;
    const { outboxId, requestId } = job.data;
    const isFinal = isAbandoned(job, error);
    const details = { err: error, job: job.name, outboxId, requestId, attempt: job.attemptsMade };
    if (isFinal && outboxId && error instanceof MailServerError)
      return void waitForServer(app, job, outboxId, error);
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
