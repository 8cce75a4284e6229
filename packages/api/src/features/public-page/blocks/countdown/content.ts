import { z } from 'zod';
import { getDataOutput } from '../../../pages/blocks/types/schema.ts';
import { defineView } from '../view/content.ts';

const MINUTE_MS = 60_000;

/** Whole minutes, so that a page changes once a minute and not with each request. */
function splitDuration(ms: number): { days: number; hours: number; minutes: number } {
  const minutes = Math.max(0, Math.ceil(ms / MINUTE_MS));
  return { days: Math.floor(minutes / 1_440), hours: Math.floor(minutes / 60) % 24, minutes: minutes % 60 };
}

export const countdownView = defineView<'countdown'>()({
  data: getDataOutput('countdown').extend({
    over: z.boolean(),
    left: z
      .object({ days: z.number().int(), hours: z.number().int(), minutes: z.number().int() })
      .meta({ id: 'TimeLeft' })
      .describe('When the answer was made'),
  }),
  toData: ({ data }, { now }) => {
    const ms = Date.parse(data.until) - now;
    return { ...data, over: ms <= 0, left: splitDuration(ms) };
  },
});
