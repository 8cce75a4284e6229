export type { JobData, JobQueue, JobWorker, QueueJob, WorkOptions } from './backend.ts';
export { openQueues, QUEUE_NAMES, type QueueName, type Queues } from './queues.ts';
export { UnrecoverableError } from 'bullmq';
