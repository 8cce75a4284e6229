import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyText } from '../../testing/any-text.ts';
import { isEmailAddress } from './email-address.ts';
import { toAsciiEmail, toUnicodeEmail } from './internationalized-email.ts';

describe('toAsciiEmail', () => {
  it.each([
    ['x@müller.example', 'x@xn--mller-kva.example'],
    ['x@MÜLLER.Example', 'x@xn--mller-kva.example'],
    ['x@mu\u0308ller.example', 'x@xn--mller-kva.example'],
    ['ada@münchen.example', 'ada@xn--mnchen-3ya.example'],
    ['ada@例え。jp', 'ada@xn--r8jz45g.jp'],
    ['ada@президент.рф', 'ada@xn--d1abbgf6aiiy.xn--p1ai'],
    ['ada@ｅｘａｍｐｌｅ.com', 'ada@example.com'],
    ['"a@b"@müller.example', '"a@b"@xn--mller-kva.example'],
  ])('converts %j to %s', (text, ascii) => {
    expect(toAsciiEmail(text)).toBe(ascii);
  });

  it.each([
    'Ada@Example.COM',
    'x@xn--mller-kva.example',
    'ada',
    'müller',
    'müller@example.com',
    '@',
    'x@mü ller.example',
    'x@mü/ller.example',
    'x@ex%41mple.com',
    '',
  ])('returns %j as it is', (text) => {
    expect(toAsciiEmail(text)).toBe(text);
  });

  it('never makes a valid address of text with more than a domain after the @', () => {
    for (const text of [
      'x@müller.example:25',
      'x@müller.example/y',
      'x@müller.example?y',
      'x@müller.example#y',
      'x@y:z@müller.example',
      'x@１２７.０.０.１',
    ])
      expect(isEmailAddress(toAsciiEmail(text))).toBe(false);
  });
});

describe('toUnicodeEmail', () => {
  it.each([
    ['x@xn--mller-kva.example', 'x@müller.example'],
    ['ada@xn--d1abbgf6aiiy.xn--p1ai', 'ada@президент.рф'],
    ['ada@example.com', 'ada@example.com'],
    ['ada', 'ada'],
  ])('shows %s as %s', (ascii, shown) => {
    expect(toUnicodeEmail(ascii)).toBe(shown);
  });

  it.each(['pаypal.com', 'сон.com', 'ɡoogle.com'])('keeps a deceptive domain in ASCII: %s', (domain) => {
    const ascii = toAsciiEmail(`ada@${domain}`);
    expect(ascii).toMatch(/^ada@xn--/);
    expect(toUnicodeEmail(ascii)).toBe(ascii);
  });

  it.each(['ada@xn--a.example', 'ada@xn--.example', 'ada@XN--MLLER-KVA.example'])(
    'leaves %s as it is',
    (text) => {
      expect(toUnicodeEmail(text)).toBe(text);
    },
  );
});

describe('both', () => {
  const label = fc.string({
    unit: fc.constantFrom(...'abz09-äéñßøčıжпгорω日本한हिไ'),
    minLength: 1,
    maxLength: 8,
  });
  const address = fc
    .tuple(
      fc.constantFrom('ada', 'a.b+c'),
      fc.array(label, { minLength: 1, maxLength: 3 }),
      fc.constantFrom('example', 'рф', 'jp'),
    )
    .map(([local, labels, zone]) => `${local}@${labels.join('.')}.${zone}`);

  it('end at the same address however often they are applied', () => {
    fc.assert(
      fc.property(address, (text) => {
        const ascii = toAsciiEmail(text);
        fc.pre(isEmailAddress(ascii));
        const lower = ascii.toLowerCase();
        expect(toAsciiEmail(ascii)).toBe(ascii);
        expect(toAsciiEmail(toUnicodeEmail(lower))).toBe(lower);
        expect(toUnicodeEmail(toUnicodeEmail(lower))).toBe(toUnicodeEmail(lower));
      }),
    );
  });

  it('take any text and keep what stands before the @', () => {
    fc.assert(
      fc.property(anyText(), anyText(), (local, domain) => {
        fc.pre(!domain.includes('@'));
        expect(toAsciiEmail(`${local}@${domain}`).startsWith(`${local}@`)).toBe(true);
        expect(toUnicodeEmail(`${local}@${domain}`).startsWith(`${local}@`)).toBe(true);
      }),
    );
  });
});
