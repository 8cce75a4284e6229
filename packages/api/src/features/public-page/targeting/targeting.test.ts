import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveSchedule } from '../../pages/blocks/targeting/policy.ts';
import { blockTargeting } from '../../pages/blocks/targeting/schema.ts';
import { chooseLanguage, isShownTo, listDimensions, UNKNOWN_TRAITS } from './policy.ts';

const target = (given: object) => blockTargeting.parse(given);

describe('a targeted block', () => {
  it.each([
    [{ countries: { include: ['at'] } }, { country: 'AT' }, true],
    [{ countries: { include: ['AT'] } }, { country: 'DE' }, false],
    [{ countries: { include: ['AT'] } }, { country: null }, false],
    [{ countries: { exclude: ['AT'] } }, { country: 'AT' }, false],
    [{ countries: { exclude: ['AT'] } }, { country: null }, true],
    [{ languages: { include: ['de'] } }, { language: 'de-AT' }, true],
    [{ languages: { include: ['de-AT'] } }, { language: 'de' }, false],
    [{ languages: { exclude: ['de'] } }, { language: 'de-AT' }, false],
    [{ devices: { include: ['phone', 'tablet'] } }, { device: 'tablet' as const }, true],
    [{ devices: { exclude: ['desktop'] } }, UNKNOWN_TRAITS, false],
    [{ countries: { include: ['AT'] }, devices: { exclude: ['phone'] } }, { country: 'AT' }, true],
    [
      { countries: { include: ['AT'] }, devices: { exclude: ['phone'] } },
      { country: 'AT', device: 'phone' as const },
      false,
    ],
  ])('%j is shown to %j: %s', (given, traits, isShown) => {
    expect(isShownTo(target(given), traits)).toBe(isShown);
  });

  it.each([
    { countries: { include: ['XX'] } },
    { countries: { include: ['DE'], exclude: ['de'] } },
    { languages: { include: ['english'] } },
    { devices: { include: ['fridge'] } },
    { continents: { include: ['EU'] } },
  ])('cannot be %j', (given) => {
    expect(blockTargeting.safeParse(given).success).toBe(false);
  });

  it('asks for no more of a visitor than it is targeted by', () => {
    expect(listDimensions([target({ devices: { exclude: ['phone'] } })])).toEqual({
      country: false,
      device: true,
      languages: [],
    });
  });
});

describe('the language of a visitor', () => {
  const choose = (header: string | undefined, languages: string[], pageLanguage = 'en') =>
    chooseLanguage(header, { languages, pageLanguage });

  it.each([
    ['de-AT,de;q=0.9,en;q=0.8', ['en', 'de'], 'de'],
    ['nl, en;q=0.8, de;q=0.5', ['de', 'en'], 'en'],
    ['de-AT', ['de', 'de-AT'], 'de-AT'],
    ['DE-at', ['de', 'de-AT'], 'de-AT'],
    ['pt', ['es', 'pt-BR'], 'pt-BR'],
    ['fr;q=0, de;q=0.1', ['fr', 'de'], 'de'],
    ['fr', ['de', 'en'], 'en'],
    ['fr', ['de', 'es'], null],
    [undefined, ['de', 'en'], 'en'],
    ['*', ['de'], null],
  ])('%j among %j is %s', (header, languages, chosen) => {
    expect(choose(header, languages)).toBe(chosen);
  });

  it('is one of those that are named, whatever the header says', () => {
    const text = fc.string({ unit: fc.constantFrom(...'deATn-;q=0.19, *') });
    fc.assert(
      fc.property(text, (header) => {
        expect(['de', 'en', null]).toContain(choose(header, ['de', 'en'], 'fr'));
      }),
    );
  });
});

describe('a schedule', () => {
  it.each([
    ['Europe/Berlin', '2026-07-01T12:00', '2026-07-01T10:00:00.000Z'],
    ['Europe/Berlin', '2026-12-01T12:00', '2026-12-01T11:00:00.000Z'],
    // Clocks skip it: read with the offset before the change.
    ['Europe/Berlin', '2027-03-28T02:30', '2027-03-28T01:30:00.000Z'],
    ['America/New_York', '2027-03-14T02:30', '2027-03-14T07:30:00.000Z'],
    // Clocks show it twice: the first time.
    ['Europe/Berlin', '2026-10-25T02:30', '2026-10-25T00:30:00.000Z'],
    ['America/New_York', '2026-11-01T01:30', '2026-11-01T05:30:00.000Z'],
  ])('in %s at %s begins at %s', (timezone, startsAt, instant) => {
    expect(resolveSchedule({ timezone, startsAt, endsAt: null }).startsAt?.toISOString()).toBe(instant);
  });
});
