import { type App, collectProcessMetrics, readBacklog, readDeliveryBacklog } from '@linkgrove/api/jobs';
import { type JobWorker, QUEUE_NAMES, type QueueName, type Queues } from '@linkgrove/queues';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { isAbandoned } from './handling.ts';

const STATES = ['waiting', 'active', 'delayed', 'failed'] as const;

function openRegistry() {
  const register = new Registry();
  collectProcessMetrics(register);
  const registers = [register];
  return {
    register,
    counter: <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
      new Counter({ name: `linkgrove_${name}`, help, labelNames, registers }),
    gauge: <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
      new Gauge({ name: `linkgrove_${name}`, help, labelNames, registers }),
  };
}

export function createWorkerMetrics(app: App, queues: Queues, isLeader: () => boolean) {
  const { register, counter, gauge } = openRegistry();
  const outcomes = counter('jobs_total', 'Job attempts by outcome', ['queue', 'job', 'outcome']);
  const succeeded = gauge(
    'scheduled_job_last_success_timestamp_seconds',
    'Unix time at which this worker last completed a scheduled job',
    ['job'],
  );
  const stalled = counter('jobs_stalled_total', 'Jobs whose worker disappeared', ['queue']);
  const duration = new Histogram({
    name: 'linkgrove_job_duration_seconds',
    help: 'Duration of job attempts',
    labelNames: ['queue'],
    buckets: [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60],
    registers: [register],
  });
  const depth = gauge('queue_jobs', 'Jobs in a queue by state', ['queue', 'state']);
  const age = gauge('queue_oldest_seconds', 'Age of the oldest waiting job', ['queue']);
  const messages = gauge('outbox_messages', 'Unfinished messages by state', ['queue', 'state']);
  const oldest = gauge('outbox_oldest_seconds', 'Age of the oldest unhandled message', ['queue']);
  const relayLag = gauge('relay_lag_seconds', 'Age of the oldest message that is not yet relayed', ['queue']);
  const deliveries = gauge('webhook_deliveries', 'Open deliveries of webhook events by state', ['state']);
  const lag = gauge('webhook_lag_seconds', 'Time since the oldest due delivery was due', []);
  const leader = gauge('relay_leader', 'Whether this worker relays the outbox', []);

  const measureQueue = async (queue: QueueName) => {
    const counts = await queues.queue(queue).getJobCounts(...STATES);
    for (const state of STATES) depth.set({ queue, state }, counts[state] ?? 0);
    const [first] = await queues.queue(queue).getWaiting(0, 0);
    age.set({ queue }, first ? (Date.now() - first.timestamp) / 1_000 : 0);
  };
  const measureOutbox = async () => {
    messages.reset();
    oldest.reset();
    relayLag.reset();
    for (const backlog of await readBacklog(app)) {
      const { queue, unrelayed, open, failed } = backlog;
      for (const [state, count] of Object.entries({ unrelayed, open, failed }))
        messages.set({ queue, state }, count);
      oldest.set({ queue }, backlog.oldestSeconds);
      relayLag.set({ queue }, backlog.oldestUnrelayedSeconds);
    }
  };
  const measureDeliveries = async () => {
    const { due, open, oldestDueSeconds } = await readDeliveryBacklog(app);
    deliveries.set({ state: 'due' }, due);
    deliveries.set({ state: 'scheduled' }, open - due);
    lag.set(oldestDueSeconds);
  };
  return {
    watch: (queue: QueueName, worker: JobWorker) => {
      const observe = ({
        processedOn,
        finishedOn = Date.now(),
      }: {
        processedOn?: number;
        finishedOn?: number;
      }) => duration.observe({ queue }, Math.max(0, finishedOn - (processedOn ?? finishedOn)) / 1_000);
      worker.on('completed', (job) => {
        outcomes.inc({ queue, job: job.name, outcome: 'completed' });
        if (queue === 'scheduled') succeeded.setToCurrentTime({ job: job.name });
        observe(job);
      });
      worker.on('failed', (job, error) => {
        if (!job) return;
        outcomes.inc({ queue, job: job.name, outcome: isAbandoned(job, error) ? 'failed' : 'retried' });
        observe(job);
      });
      worker.on('stalled', () => stalled.inc({ queue }));
    },
    render: async (): Promise<{ type: string; text: string }> => {
      leader.set(isLeader() ? 1 : 0);
      await Promise.all([measureOutbox(), measureDeliveries(), ...QUEUE_NAMES.map(measureQueue)]);
      const all = Registry.merge([register, app.metrics.register]);
      return { type: all.contentType, text: await all.metrics() };
    },
  };
}
