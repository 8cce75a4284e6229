export {
  type QueueJob,
  type JobData,
  type JobQueue,
  type JobWorker,
  openQueues,
  QUEUE_NAMES,
  type QueueName,
  type Queues,
  type WorkOptions,
} from './queues.ts';
export { UnrecoverableError } from 'bullmq';
