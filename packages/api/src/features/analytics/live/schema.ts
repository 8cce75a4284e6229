import { z } from 'zod';
import { eventOutput } from '../export/schema.ts';

export const liveUpdateOutput = z
  .object({
    visitors: z.number().int().describe('Different visitors of the last five minutes'),
    events: z.array(eventOutput).describe('Since the last update; at first those of the last five minutes'),
  })
  .meta({ id: 'LiveUpdate' });
export type LiveUpdate = z.infer<typeof liveUpdateOutput>;
