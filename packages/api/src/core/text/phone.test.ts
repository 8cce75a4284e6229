import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyText } from '../../testing/any-text.ts';
import { parsePhone } from './phone.ts';

describe('parsePhone', () => {
  it.each([
    ['(555) 010-0199', 'tel:5550100199', '(555) 010-0199'],
    ['(030) 123 456', 'tel:030123456', '(030) 123 456'],
    ['030/123456', 'tel:030123456', '030/123456'],
    ['0800-123', 'tel:0800123', '0800-123'],
    ['112', 'tel:112', '112'],
    ['tel:030 123', 'tel:030123', '030 123'],
    ['030 123 456 ext. 12', 'tel:030123456;ext=12', '030 123 456 ext. 12'],
    ['０３０ー１２３４', 'tel:0301234', '030-1234'],
    ['٠٣٠ ١٢٣٤', 'tel:0301234', '030 1234'],
    ['۰۲۱-۱۲۳۴', 'tel:0211234', '021-1234'],
    ['०११ २३४५', 'tel:0112345', '011 2345'],
  ])('keeps %j a national number', (text, href, display) => {
    expect(parsePhone(text)).toEqual({ href, display });
  });

  it.each([
    ['+49–30–123456', 'tel:+4930123456', '+49 30 123456'],
    ['+49 (0)30 123456', 'tel:+4930123456', '+49 30 123456'],
    ['+49(0)30/123 456', 'tel:+4930123456', '+49 30 123456'],
    ['+44 (0)20 7946 0018', 'tel:+442079460018', '+44 20 7946 0018'],
    ['+39 (0)6 698 12345', 'tel:+390669812345', '+39 06 6981 2345'],
    ['+39 06 69812345', 'tel:+390669812345', '+39 06 6981 2345'],
    ['tel:+15550100199', 'tel:+15550100199', '+1 555 010 0199'],
    ['TEL:+1-555-010-0199', 'tel:+15550100199', '+1 555 010 0199'],
    ['tel:+1(555)123-4567', 'tel:+15551234567', '+1 555 123 4567'],
    ['tel:+442079460958', 'tel:+442079460958', '+44 20 7946 0958'],
    ['tel:+15550100199;ext=12', 'tel:+15550100199;ext=12', '+1 555 010 0199 ext. 12'],
    ['+1 555 010 0199 ext. 12', 'tel:+15550100199;ext=12', '+1 555 010 0199 ext. 12'],
    ['+1 555 010 0199, extension 12', 'tel:+15550100199;ext=12', '+1 555 010 0199 ext. 12'],
    ['+1.555.010.0199x12', 'tel:+15550100199;ext=12', '+1 555 010 0199 ext. 12'],
    ['+1 555 010 0199 #007', 'tel:+15550100199;ext=007', '+1 555 010 0199 ext. 007'],
    ['+7 (495) 123-45-67 доб. 12', 'tel:+74951234567;ext=12', '+7 495 123 45 67 ext. 12'],
    ['tel:0100199;phone-context=+1-555;ext=12', 'tel:+15550100199;ext=12', '+1 555 010 0199 ext. 12'],
    ['\u202a+49 30 123456\u202c', 'tel:+4930123456', '+49 30 123456'],
    ['＋４９ ３０ １２３４５６', 'tel:+4930123456', '+49 30 123456'],
    ['+999 123 456', 'tel:+999123456', '+999123456'],
  ])('reads %j with its country code', (text, href, display) => {
    expect(parsePhone(text)).toEqual({ href, display });
  });

  it.each([
    '',
    'tel:',
    'tel:12',
    'tel:*31#',
    '*31#',
    'tel:+',
    '+1',
    '+49 30',
    'sms:+4930123456',
    'call +4930123456',
    '1-800-FLOWERS',
    '030 123 oder 456',
    '030 123456, 030 789',
    '+49 30 123456 +49',
    '+12345678901234567890',
    '12345678901234567890',
    'tel:030123;isub=1',
    'tel:7042;phone-context=example.com',
    '030 123456 ext.',
    '030123\r\nTEL:666',
    'javascript:1234567',
    '1'.repeat(101),
    '+49 (0)000000',
  ])('refuses %j', (text) => {
    expect(parsePhone(text)).toBeUndefined();
  });

  it('reads every kind of dash and blank as a separator', () => {
    const separator = fc.constantFrom(...'-‐‑‒–—―−－ー. /\u00a0\u2009\u202f\u3000');
    fc.assert(
      fc.property(fc.array(separator, { minLength: 3, maxLength: 3 }), ([a, b, c]) => {
        expect(parsePhone(`+44${a}20${b}7946${c}0018`)?.href).toBe('tel:+442079460018');
        expect(parsePhone(`020${a}7946${b}00${c}18`)?.href).toBe('tel:02079460018');
      }),
    );
  });

  it('returns for any text an address that it reads the same way again, from both forms', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 2, maxLength: 12 });
    const text = fc.oneof(
      anyText(),
      fc.string({ unit: fc.constantFrom(...'0123456789+()-./ x;ext=#'), maxLength: 30 }),
      fc
        .tuple(
          fc.constantFrom('', '+', '+49 (0)', '+1 ', 'tel:+39'),
          digits,
          fc.constantFrom('', ' ext. 7', ';ext=1234'),
        )
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (given) => {
        const parsed = parsePhone(given);
        if (!parsed) return;
        expect(parsed.href).toMatch(/^tel:\+?\d{3,15}(?:;ext=\d{1,8})?$/);
        expect(parsePhone(parsed.href)?.href).toBe(parsed.href);
        expect(parsePhone(parsed.display)?.href).toBe(parsed.href);
      }),
      { numRuns: 500 },
    );
  });

  it('is fast on long hostile text', () => {
    const start = performance.now();
    for (const part of ['1', '+', '(0)', ' ext', ';ext=', '-', ',;', ' '])
      for (let round = 0; round < 20; round++) parsePhone(part.repeat(100).slice(0, 100));
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});
