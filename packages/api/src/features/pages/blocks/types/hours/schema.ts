import { z } from 'zod';
import { timeZoneName } from '../../../../../core/time-zone.ts';
import { defineBlock, buildOptionalText } from '../../definition/schema.ts';
import { calendarDate, clockTime } from '../../times/schema.ts';

export const WEEKDAYS = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const;
export type Weekday = (typeof WEEKDAYS)[number];

const MAX_PERIODS = 42;
const MAX_EXCEPTIONS = 60;
const PERIODS_PER_DAY = 6;

export const hoursBlock = defineBlock({
  url: 'none',
  buildData: (line) => {
    const period = { opens: clockTime, closes: clockTime.describe('At or before `opens`: on the next day') };
    return z.strictObject({
      timezone: timeZoneName,
      week: z
        .array(z.strictObject({ day: z.enum(WEEKDAYS), ...period }))
        .max(MAX_PERIODS)
        .describe('Days without a period are closed'),
      exceptions: z
        .array(
          z.strictObject({
            date: calendarDate,
            periods: z
              .array(z.strictObject(period))
              .max(PERIODS_PER_DAY)
              .default([])
              .describe('Replace those of the weekday; none: closed'),
            note: buildOptionalText(line(1, 80)),
          }),
        )
        .max(MAX_EXCEPTIONS)
        .default([]),
    });
  },
  listErrors: ({ exceptions }) =>
    new Set(exceptions.map(({ date }) => date)).size < exceptions.length
      ? [{ path: 'data.exceptions', message: 'List each date once', code: 'duplicate' }]
      : [],
});
