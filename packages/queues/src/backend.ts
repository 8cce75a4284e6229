import type { ConnectionOptions, Queue, Worker } from 'bullmq';

/** BullMQ's classes; those of other backends do the same, and only their types tell them apart. */
export type Classes = { Queue: typeof Queue; Worker: typeof Worker };

/** What queues are kept in. */
export type Backend = {
  classes: Classes;
  /** For adding and looking; fails where the backend is away. */
  producer: ConnectionOptions;
  /** For working; waits where the backend is away. */
  consumer: () => ConnectionOptions;
  /** What the names of all keys begin with, where names are shared with others. */
  prefix?: string;
  close: () => Promise<void>;
};

export type BackendOptions = {
  queues: readonly string[];
  /** Most connections to a database. */
  connections: number;
  onError: (error: Error) => void;
};
