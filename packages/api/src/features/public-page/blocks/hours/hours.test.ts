import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { computeOpening } from './policy.ts';

type Data = Parameters<typeof computeOpening>[0];
const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

const createHours = (timezone: string, more: Partial<Data> = {}): Data => ({
  timezone,
  week: WEEKDAYS.map((day) => ({ day, opens: '09:00', closes: '18:00' })),
  exceptions: [],
  ...more,
});
const at = (time: string) => Date.parse(time);

describe('a place', () => {
  it.each([
    ['before it opens', '2026-06-01T06:59:00Z', false, { date: '2026-06-01', time: '09:00' }],
    ['when it opens', '2026-06-01T07:00:00Z', true, { date: '2026-06-01', time: '18:00' }],
    ['in winter time', '2026-01-05T08:00:00Z', true, { date: '2026-01-05', time: '18:00' }],
    ['when it closes', '2026-06-01T16:00:00Z', false, { date: '2026-06-02', time: '09:00' }],
    ['after midnight', '2026-06-01T22:30:00Z', false, { date: '2026-06-02', time: '09:00' }],
  ])('in Berlin knows whether it is open %s', (_, now, open, changesAt) => {
    expect(computeOpening(createHours('Europe/Berlin'), at(now))).toMatchObject({ open, changesAt });
  });

  it('that closes after midnight is open in both days, on the nights when clocks change too', () => {
    const bar = createHours('Europe/Berlin', {
      week: [{ day: 'saturday', opens: '20:00', closes: '04:00' }],
    });
    // Clocks go from 02:00 to 03:00 on 29 March, and from 03:00 to 02:00 on 25 October.
    for (const [now, open] of [
      ['2026-03-28T18:59:00Z', false],
      ['2026-03-28T19:00:00Z', true],
      ['2026-03-29T01:59:00Z', true],
      ['2026-03-29T02:00:00Z', false],
      ['2026-10-25T00:30:00Z', true],
      ['2026-10-25T01:30:00Z', true],
      ['2026-10-25T02:59:00Z', true],
      ['2026-10-25T03:00:00Z', false],
    ] as const)
      expect([now, computeOpening(bar, at(now)).open]).toEqual([now, open]);
  });

  it('closes for an exception, and opens for one', () => {
    const hours = createHours('Asia/Tokyo', {
      exceptions: [
        { date: '2026-12-31', periods: [], note: 'New Year' },
        { date: '2027-01-01', periods: [{ opens: '12:00', closes: '15:00' }], note: null },
      ],
    });
    expect(computeOpening(hours, at('2026-12-31T03:00:00Z'))).toEqual({
      open: false,
      today: '2026-12-31',
      changesAt: { date: '2027-01-01', time: '12:00' },
    });
    expect(computeOpening(hours, at('2027-01-01T03:00:00Z')).open).toBe(true);
  });

  it('that never closes has no change to tell of, nor has one that never opens', () => {
    const always = createHours('UTC', {
      week: WEEKDAYS.map((day) => ({ day, opens: '00:00', closes: '24:00' })),
    });
    expect(computeOpening(always, at('2026-06-01T12:00:00Z'))).toMatchObject({
      open: true,
      changesAt: null,
    });
    expect(computeOpening(createHours('UTC', { week: [] }), at('2026-06-01T12:00:00Z'))).toMatchObject({
      open: false,
      changesAt: null,
    });
  });

  it('joins periods without a gap', () => {
    const week = [
      { day: 'monday', opens: '09:00', closes: '12:00' },
      { day: 'monday', opens: '12:00', closes: '17:00' },
    ] as const;
    const hours = createHours('UTC', { week: [...week] });
    expect(computeOpening(hours, at('2026-06-01T10:00:00Z')).changesAt).toEqual({
      date: '2026-06-01',
      time: '17:00',
    });
  });

  it('is never open at the moment at which it says that it closes', () => {
    const clock = fc
      .tuple(fc.nat(23), fc.nat(59))
      .map((parts) => parts.map((n) => `${n}`.padStart(2, '0')).join(':'));
    const week = fc.array(fc.record({ day: fc.constantFrom(...WEEKDAYS), opens: clock, closes: clock }), {
      maxLength: 12,
    });
    const moment = fc.date({ min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(week, moment, (given, now) => {
        const hours = createHours('UTC', { week: given });
        const { open, changesAt } = computeOpening(hours, now.getTime());
        if (changesAt === null) return;
        const change = at(`${changesAt.date}T${changesAt.time}:00Z`);
        expect(change).toBeGreaterThan(now.getTime());
        expect(computeOpening(hours, change).open).toBe(!open);
      }),
    );
  });
});
