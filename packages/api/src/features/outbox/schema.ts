import type { z } from 'zod';

/** `urgent`: a person is waiting for it. `bulk`: nobody is, and it never delays urgent messages. */
export const OUTBOX_QUEUES = ['urgent', 'bulk'] as const;
export type OutboxQueue = (typeof OUTBOX_QUEUES)[number];

export type Topic<S extends z.ZodType = z.ZodType> = { name: string; schema: S; queue: OutboxQueue };

export const defineTopic = <S extends z.ZodType>(
  name: string,
  schema: S,
  queue: OutboxQueue = 'urgent',
): Topic<S> => ({ name, schema, queue });
