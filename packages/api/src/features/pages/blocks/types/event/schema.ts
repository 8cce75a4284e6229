import { z } from 'zod';
import { timeZoneName } from '../../../../../core/time-zone.ts';
import { defineBlock, buildOptionalText } from '../../definition/schema.ts';
import { momentSchema } from '../../times/schema.ts';

export const eventBlock = defineBlock({
  url: 'optional',
  use: 'link',
  urlDescription: 'Where to get tickets or read more',
  title: 'required',
  buildData: (line) =>
    z.strictObject({
      beginsAt: momentSchema,
      finishesAt: momentSchema.nullable().default(null),
      timezone: timeZoneName.describe('Of the place: visitors see its local time'),
      place: buildOptionalText(line(1, 200)),
      description: buildOptionalText(line(1, 280)),
    }),
  listErrors: ({ beginsAt, finishesAt }) =>
    finishesAt !== null && Date.parse(finishesAt) <= Date.parse(beginsAt)
      ? [{ path: 'data.finishesAt', message: 'Choose an end after the start', code: 'invalid_schedule' }]
      : [],
});
