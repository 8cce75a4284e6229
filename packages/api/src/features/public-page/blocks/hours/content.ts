import { z } from 'zod';
import { getDataOutput } from '../../../pages/blocks/types/schema.ts';
import { computeOpening } from './policy.ts';
import { defineView } from '../view/content.ts';

export const hoursView = defineView<'hours'>()({
  data: getDataOutput('hours').extend({
    open: z.boolean().describe('When the answer was made'),
    today: z.string().describe('The date in the time zone of the place'),
    changesAt: z
      .object({ date: z.string(), time: z.string() })
      .meta({ id: 'OpeningChange' })
      .nullable()
      .describe('When it closes, or opens next, in local time; null if not within two weeks'),
  }),
  toData: ({ data }, { now }) => ({ ...data, ...computeOpening(data, now) }),
});
