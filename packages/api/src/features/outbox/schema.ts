import type { z } from 'zod';

/** One kind of work that leaves through the outbox: its name and the shape of its payload. */
export type Topic<S extends z.ZodType = z.ZodType> = { name: string; schema: S };

export const defineTopic = <S extends z.ZodType>(name: string, schema: S): Topic<S> => ({ name, schema });
