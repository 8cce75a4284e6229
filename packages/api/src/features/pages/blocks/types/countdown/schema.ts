import { z } from 'zod';
import { defineBlock, buildOptionalText } from '../../definition/schema.ts';
import { momentSchema } from '../../times/schema.ts';
import { timeZoneName } from '../../../../../core/time-zone.ts';

export const countdownBlock = defineBlock({
  url: 'none',
  title: 'required',
  buildData: (line) =>
    z.strictObject({
      until: momentSchema,
      timezone: timeZoneName.default('UTC').describe('In which the date is written'),
      after: buildOptionalText(line(1, 128)).describe('Shown once the time has come'),
    }),
});
