import { z } from 'zod';
import { AppError } from './errors.ts';

const MAX_BULK_IDS = 100;

export const bulkIds = z
  .array(z.uuid())
  .min(1)
  .max(MAX_BULK_IDS)
  .refine((ids) => new Set(ids).size === ids.length, { error: 'Enter each ID only once' });

export const bulkFailure = z
  .object({ code: z.string(), detail: z.string() })
  .nullable()
  .describe('Why nothing changed; null if it was decided');

type Failure = { code: string; detail: string };

/** One after the other, so that one that is refused keeps none of the others from being decided. */
export async function decideEach<T>(
  ids: string[],
  decide: (id: string) => Promise<T>,
): Promise<{ id: string; decided: T | null; error: Failure | null }[]> {
  const results: { id: string; decided: T | null; error: Failure | null }[] = [];
  for (const id of ids) {
    try {
      results.push({ id, decided: await decide(id), error: null });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      results.push({ id, decided: null, error: { code: error.code, detail: error.message } });
    }
  }
  return results;
}
