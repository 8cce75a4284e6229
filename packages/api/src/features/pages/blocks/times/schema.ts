import { z } from 'zod';
import { enteredTime } from '../../../../core/text/validation.ts';

const MAX_TIME_MS = Date.UTC(9999, 11, 31);

export const momentSchema = enteredTime
  .refine((text) => Date.parse(text) >= 0 && Date.parse(text) < MAX_TIME_MS, {
    error: 'Enter a time between the years 1970 and 9999',
  })
  .overwrite((text) => (Number.isNaN(Date.parse(text)) ? text : new Date(text).toISOString()))
  .meta({ format: 'date-time', example: '2026-12-31T23:00:00.000Z' });

export const clockTime = z
  .string()
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/, { error: 'Enter a time such as 09:30' })
  .meta({ example: '09:30' });

const isDate = (text: string) =>
  !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text);
const LOCAL_TIME = /^\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d$/;
const [MIN_LOCAL_TIME, MAX_LOCAL_TIME] = ['1970-01-02', '9999-12-31'];

export const localTime = z
  .string()
  .regex(LOCAL_TIME, { error: 'Enter a local time such as 2026-12-31T23:00', abort: true })
  .refine((text) => isDate(text.slice(0, 10)), { error: 'Enter a date that exists', abort: true })
  .refine((text) => text >= MIN_LOCAL_TIME && text < MAX_LOCAL_TIME, {
    error: 'Enter a time between the years 1970 and 9999',
  })
  .meta({ example: '2026-12-31T23:00' });

export const calendarDate = z
  .string()
  .regex(/^\d{4}-\d\d-\d\d$/, { error: 'Enter a date such as 2026-12-24', abort: true })
  .refine(isDate, { error: 'Enter a date that exists' })
  .meta({ example: '2026-12-24' });
