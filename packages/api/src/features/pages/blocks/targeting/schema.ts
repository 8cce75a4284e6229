import { z } from 'zod';
import { parseCountry } from '../../../../core/text/origin.ts';
import { timeZoneName } from '../../../../core/time-zone.ts';
import { pageLanguage } from '../../schema.ts';
import { localTime } from '../times/schema.ts';

const MAX_NAMES = 50;

export const DEVICES = ['phone', 'tablet', 'desktop'] as const;
export const device = z.enum(DEVICES).meta({ id: 'VisitorDevice' });
export type Device = z.infer<typeof device>;

export const countryCode = z
  .string()
  .trim()
  .toUpperCase()
  .refine((code) => parseCountry(code) !== undefined, {
    error: 'Enter a country code of two letters, such as DE',
  })
  .meta({ example: 'DE' });

const names = <T extends z.ZodType<string>>(name: T, description: string) =>
  z.array(name).max(MAX_NAMES).default([]).describe(description);

const audience = <T extends z.ZodType<string>>(name: T, id: string) =>
  z
    .strictObject({
      include: names(name, 'Shown only to these; empty for all'),
      exclude: names(name, 'Hidden from these'),
    })
    .refine(({ include, exclude }) => !include.some((one) => exclude.includes(one)), {
      error: 'Include or exclude a name, not both',
      path: ['exclude'],
    })
    .prefault({})
    .meta({ id: `${id}AudienceInput`, outputId: `${id}Audience` });

/** All of the three must match. */
export const blockTargeting = z
  .strictObject({
    countries: audience(countryCode, 'Country').describe('ISO 3166-1 alpha-2 codes'),
    languages: audience(pageLanguage, 'Language').describe('BCP 47 tags; `de` also means `de-AT`'),
    devices: audience(device, 'Device'),
  })
  .meta({ id: 'TargetingInput', outputId: 'Targeting' });
export type Targeting = z.infer<typeof blockTargeting>;

export const blockSchedule = z
  .strictObject({
    timezone: timeZoneName,
    startsAt: localTime.nullable().default(null),
    endsAt: localTime.nullable().default(null),
  })
  .refine(({ startsAt, endsAt }) => startsAt !== null || endsAt !== null, {
    error: 'Give a start or an end',
    path: ['startsAt'],
  })
  .meta({ id: 'ScheduleInput', outputId: 'Schedule' });
export type Schedule = z.infer<typeof blockSchedule>;
