import { z } from 'zod';
import { enteredTime, timestamp } from '../../../core/text/validation.ts';
import { eventOutput } from '../export/schema.ts';

export const watchAnalyticsInput = z.strictObject({
  id: z.uuid(),
  cursor: enteredTime
    .optional()
    .describe('`cursor` of the last update, to go on there; at most five minutes back'),
});

export const liveUpdateOutput = z
  .object({
    visitors: z.number().int().describe('Different visitors of the last five minutes'),
    events: z.array(eventOutput).describe('Since the last update; at first those of the last five minutes'),
    cursor: timestamp.describe('Where the next update begins'),
  })
  .meta({ id: 'LiveUpdate' });
export type LiveUpdate = z.infer<typeof liveUpdateOutput>;
