import type { z } from 'zod';

/** `urgent`: a person waits for it. `bulk`: nobody does, and however much there is, it delays nothing urgent. */
export const OUTBOX_QUEUES = ['urgent', 'bulk'] as const;
export type OutboxQueue = (typeof OUTBOX_QUEUES)[number];

/** One kind of work that leaves through the outbox: its name, the shape of its payload, and how urgent it is. */
export type Topic<S extends z.ZodType = z.ZodType> = { name: string; schema: S; queue: OutboxQueue };

export const defineTopic = <S extends z.ZodType>(
  name: string,
  schema: S,
  queue: OutboxQueue = 'urgent',
): Topic<S> => ({ name, schema, queue });
