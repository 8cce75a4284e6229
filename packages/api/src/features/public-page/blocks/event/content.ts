import { z } from 'zod';
import { getDataOutput } from '../../../pages/blocks/types/schema.ts';
import { defineView } from '../view/content.ts';

export const EVENT_FILE = 'event.ics';

export const eventView = defineView<'event'>()({
  data: getDataOutput('event').extend({
    over: z.boolean(),
    calendarUrl: z.url().nullable().describe('An iCalendar file (RFC 5545); null in a preview'),
  }),
  toData: ({ data }, { now, createFileHref }) => ({
    ...data,
    over: Date.parse(data.finishesAt ?? data.beginsAt) <= now,
    calendarUrl: createFileHref(EVENT_FILE),
  }),
});
