import { randomUUID } from 'node:crypto';
import type { App } from '@linkgrove/api';
import { createEventSink } from '@linkgrove/api/testing';

export type TestEvent = Partial<{
  at: string;
  blockId: string | null;
  visitor: string | null;
  referrer: string | null;
  country: string | null;
  browser: string | null;
  utmSource: string | null;
  via: string | null;
}>;

const NO_SOURCE = { referrer: null, utmSource: null, utmMedium: null, utmCampaign: null, via: null };
const NO_CLIENT = { country: null, region: null, device: null, browser: null, os: null, language: null };

let visitors = 0;
export const nextVisitor = (): string => (visitors += 1).toString(16).padStart(16, '0');

/** Writes events of any time, as a server would have written them then. */
export async function writeEvents(app: App, pageId: string, events: TestEvent[]): Promise<void> {
  await createEventSink(app).write({
    id: randomUUID(),
    events: events.map(({ at = new Date().toISOString(), ...event }) => ({
      ...NO_SOURCE,
      ...NO_CLIENT,
      blockId: null,
      visitor: nextVisitor(),
      ...event,
      at: Date.parse(at),
      pageId,
    })),
    tallies: [],
    visits: [],
  });
}
