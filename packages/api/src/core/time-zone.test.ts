import { describe, expect, it } from 'vitest';
import { findInstant, formatLocalTime, isTimeZone, openTimeZone } from './time-zone.ts';

describe('findInstant', () => {
  it.each([
    ['Europe/Berlin', '2026-01-01T12:00', '2026-01-01T11:00:00.000Z'],
    ['Europe/Berlin', '2026-07-01T12:00', '2026-07-01T10:00:00.000Z'],
    // Skipped by the clocks: read with the offset before the change.
    ['Europe/Berlin', '2026-03-29T02:30', '2026-03-29T01:30:00.000Z'],
    // Shown twice by the clocks: the first time.
    ['Europe/Berlin', '2026-10-25T02:30', '2026-10-25T00:30:00.000Z'],
    ['America/New_York', '2026-11-01T01:30', '2026-11-01T05:30:00.000Z'],
    ['Australia/Lord_Howe', '2026-01-01T00:15', '2025-12-31T13:15:00.000Z'],
    ['Asia/Kathmandu', '2026-01-01T05:45', '2026-01-01T00:00:00.000Z'],
    ['UTC', '2026-01-01T05:45', '2026-01-01T05:45:00.000Z'],
  ])('of %s reads %s as %s', (zone, local, instant) => {
    expect(new Date(findInstant(openTimeZone(zone), local)).toISOString()).toBe(instant);
  });

  it('is the reverse of formatLocalTime in every hour of a year', () => {
    for (const name of ['Europe/Berlin', 'America/Santiago', 'Africa/Casablanca', 'Pacific/Apia']) {
      const zone = openTimeZone(name);
      for (let at = Date.UTC(2026, 0, 1); at < Date.UTC(2027, 0, 1); at += 3_600_000) {
        const local = formatLocalTime(zone, at);
        expect(formatLocalTime(zone, findInstant(zone, local))).toBe(local);
      }
    }
  });
});

it.each([
  ['Europe/Berlin', true],
  ['UTC', true],
  ['Mars/Olympus', false],
  ['', false],
])('isTimeZone of %j is %s', (name, known) => {
  expect(isTimeZone(name)).toBe(known);
});
