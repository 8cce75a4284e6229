import { addUtcDays, toUtcDayStart } from '../../periods/policy.ts';
import { DAY_SEGMENT_EVENTS, MAX_SEGMENT_EVENTS, MIN_SEGMENT_EVENTS, SLOT_SECONDS } from '../../policy.ts';

export type SegmentPeriod = { from: Date; to: Date };
export type SlotEvents = { slot: Date; events: number };

const findDayEnd = (at: Date): number => addUtcDays(toUtcDayStart(at.getTime()), 1);

/** Whether the events that follow begin a segment of their own. */
export const isFull = ({ to, events }: { to: Date; events: number }): boolean =>
  events >= MAX_SEGMENT_EVENTS ||
  (events >= DAY_SEGMENT_EVENTS && toUtcDayStart(to.getTime()) === to.getTime());

/** Periods of segments that begin at `start`. Slots follow until `until`; a small rest is left for the next time. */
export function listSegmentPeriods(start: Date, slots: SlotEvents[], until: Date): SegmentPeriod[] {
  const periods: SegmentPeriod[] = [];
  let from = start;
  let sum = 0;
  for (const [index, { slot, events }] of slots.entries()) {
    sum += events;
    const next = slots[index + 1];
    const dayEnd = findDayEnd(slot);
    const isLastOfDay = (next?.slot ?? until).getTime() >= dayEnd;
    const to = new Date(isLastOfDay ? dayEnd : slot.getTime() + SLOT_SECONDS * 1_000);
    if (!isFull({ to, events: sum }) && (next !== undefined || sum < MIN_SEGMENT_EVENTS)) continue;
    periods.push({ from, to });
    from = to;
    sum = 0;
  }
  return periods;
}
