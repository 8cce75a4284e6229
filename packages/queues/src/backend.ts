import type {
  Job as BullJob,
  JobProgress,
  PostgresConnectionOptions,
  PostgresQueueBackend,
  Queue,
  Worker,
} from 'bullmq';

/** The worker reads everything else from the row of the outbox or of the delivery. */
export type JobData = {
  outboxId?: string;
  requestId?: string;
  claimed?: { deliveryId: string; claim: string };
};
export type QueueJob = BullJob<JobData, void>;
export type JobHandler = (job: QueueJob) => Promise<void>;

type PostgresQueue = Queue<
  JobData,
  void,
  string,
  JobData,
  void,
  string,
  PostgresQueueBackend,
  PostgresConnectionOptions
>;
type PostgresWorker = Worker<
  JobData,
  void,
  string,
  PostgresQueueBackend,
  JobProgress,
  PostgresConnectionOptions
>;

// The two backends have the same methods; BullMQ gives each a type of its own.
export type JobQueue = Queue<JobData, void> | PostgresQueue;
export type JobWorker = Worker<JobData, void> | PostgresWorker;

export type WorkOptions = {
  concurrency: number;
  rate?: { points: number; seconds: number } | undefined;
};

export type Backend = {
  openQueue: (name: string) => JobQueue;
  /** The returned worker waits while the backend is unreachable. */
  openWorker: (name: string, handler: JobHandler, options: WorkOptions) => JobWorker;
  close: () => Promise<void>;
};

export type BackendOptions = {
  queues: readonly string[];
  connections: number;
  onError: (error: Error) => void;
};
