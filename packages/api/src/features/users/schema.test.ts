import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeUnit, harmless, hostile, messagesOf, nasty, takes } from '../../testing/hostile-text.ts';
import { toAsciiEmail } from '../../core/text/internationalized-email.ts';
import { emailAddress, enteredPassword, newPassword, username } from './schema.ts';

describe('an email address', () => {
  it.each([
    'ada@example.com',
    'Ada.Lovelace+news@Mail.Example.co.uk',
    "!#$%&'*+/=?^_`{|}~-@example.com",
    'a@b.co',
    '1@2.de',
    'x@xn--bcher-kva.example',
    `${'a'.repeat(64)}@example.com`,
    `a@${'b'.repeat(63)}.com`,
  ])('is accepted unchanged: %s', (address) => {
    expect(emailAddress.parse(address)).toBe(address);
  });

  it.each([
    ['no characters', ''],
    ['no @', 'ada.example.com'],
    ['two @', 'ada@home@example.com'],
    ['nothing before the @', '@example.com'],
    ['nothing after the @', 'ada@'],
    ['a domain of one part', 'ada@localhost'],
    ['an IP address as the domain', 'ada@127.0.0.1'],
    ['an IP address in brackets', 'ada@[127.0.0.1]'],
    ['quotes', '"ada lovelace"@example.com'],
    ['a quote', 'ada"@example.com'],
    ['a name before it', 'Ada <ada@example.com>'],
    ['a second address after a comma', 'ada@example.com,eve@example.com'],
    ['a second address after a semicolon', 'ada@example.com;eve@example.com'],
    ['a line break and a header', 'ada@example.com\r\nBcc: eve@example.com'],
    ['a line break inside', 'ada@exam\nple.com'],
    ['a line feed before the @', 'ada\n@example.com'],
    ['NUL', 'ada\0@example.com'],
    ['a space inside', 'ada love@example.com'],
    ['a comment', 'ada(x)@example.com'],
    ['a dot at the start', '.ada@example.com'],
    ['a dot before the @', 'ada.@example.com'],
    ['two dots', 'ada..l@example.com'],
    ['a domain with two dots', 'ada@example..com'],
    ['a domain that ends in a dot', 'ada@example.com.'],
    ['a domain that begins with a dash', 'ada@-example.com'],
    ['a domain that ends with a dash', 'ada@example-.com'],
    ['a top-level domain of digits', 'ada@example.123'],
    ['a fullwidth @', 'ada＠example.com'],
    ['a small @', 'ada﹫example.com'],
    ['letters of another script', 'аda@example.com'],
    ['the Kelvin sign', '\u212Aate@example.com'],
    ['a bidi mark', 'ada\u202e@example.com'],
    ['an invisible space', 'ada\u200b@example.com'],
    ['half a surrogate pair', 'ada\ud800@example.com'],
    ['more than 64 before the @', `${'a'.repeat(65)}@example.com`],
    ['more than 254 in all', `ada@${'b.'.repeat(130)}com`],
    ['a label of 64', `ada@${'b'.repeat(64)}.com`],
    ['10 kB', `${'a'.repeat(10_000)}@example.com`],
    ['10 kB of dots', `ada@${'a.'.repeat(5_000)}`],
  ])('is refused with %s', (_, address) => {
    const messages = messagesOf(emailAddress, address);
    expect(messages).not.toEqual([]);
    for (const message of messages) expect(message).toMatch(/^(Enter|Use) [ -~]+$/);
  });

  it('is accepted with 254 characters and refused with 255', () => {
    const start = `${'a'.repeat(64)}@${`${'b'.repeat(61)}.`.repeat(3)}`;
    expect(takes(emailAddress, start.padEnd(254, 'c'))).toBe(true);
    expect(messagesOf(emailAddress, start.padEnd(255, 'c'))).toEqual(['Use at most 254 characters']);
  });

  it.each([
    ['ada@exämple.com', 'ada@xn--exmple-cua.com'],
    ['ada@example．com', 'ada@example.com'],
    ['ada@example.\u017Fo', 'ada@example.so'],
  ])('with a domain that is not ASCII is converted as browsers do: %s', (address, ascii) => {
    expect(emailAddress.parse(address)).toBe(ascii);
  });

  it('is trimmed', () => {
    expect(emailAddress.parse('  ada@example.com\n')).toBe('ada@example.com');
  });

  it('that is accepted holds one @, is printable ASCII, and is safe in a mail header', () => {
    const near = fc.tuple(hostile, hostile).map(([mailbox, domain]) => `${mailbox}@${domain}`.slice(0, 300));
    const edited = fc
      .tuple(fc.emailAddress(), fc.nat(), fc.oneof(nasty, codeUnit, fc.constant('')))
      .map(([address, at, extra]) => {
        const place = at % (address.length + 1);
        return address.slice(0, place) + extra + address.slice(place);
      });
    fc.assert(
      fc.property(fc.oneof(hostile, near, edited, fc.emailAddress()), (text) => {
        const parsed = emailAddress.safeParse(text);
        if (!parsed.success) return;
        expect(parsed.data).toMatch(/^[!#-'*+\-./0-9=?A-Z^_`a-z{|}~]+@[A-Za-z0-9.-]+\.[A-Za-z0-9-]+$/);
        expect(parsed.data).toBe(toAsciiEmail(text.trim()));
        expect(parsed.data.length).toBeLessThanOrEqual(254);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('a username', () => {
  it.each(['abc', 'Ada.Love-lace_1', '123', 'a-b.c', 'a'.repeat(30)])('is accepted unchanged: %s', (name) => {
    expect(username.parse(name)).toBe(name);
  });

  it.each([
    ['too few characters', 'ab'],
    ['too many characters', 'a'.repeat(31)],
    ['10 kB', 'a'.repeat(10_000)],
    ['10 kB of dots', 'a.'.repeat(5_000)],
    ['a dot at the start', '.ada'],
    ['a dash at the end', 'ada-'],
    ['two marks in a row', 'ada._lovelace'],
    ['a space', 'ada lovelace'],
    ['a line break', 'ada\nlovelace'],
    ['NUL', 'ada\0'],
    ['an @', 'ada@example'],
    ['a slash', 'ada/lovelace'],
    ['an umlaut', 'ädalovelace'],
    ['letters that only look alike', 'аda'],
    ['fullwidth letters', 'ａｄａ'],
    ['the Kelvin sign, whose small letter is a k', '\u212Aate'],
    ['a bidi mark', 'ada\u202elovelace'],
    ['half a surrogate pair', 'ada\ud800'],
    ['an emoji', 'ada🔑'],
    ['no characters', ''],
  ])('is refused with %s', (_, name) => {
    expect(messagesOf(username, name)).toEqual(['Use 3–30 letters or digits; single . _ - allowed inside']);
  });

  it('is trimmed', () => {
    expect(username.parse(' ada\t')).toBe('ada');
  });

  it('is accepted exactly if the database accepts it', () => {
    // The constraint `users_username_check`.
    const shape = /^[A-Za-z0-9](?:[A-Za-z0-9]|[._-](?=[A-Za-z0-9])){2,29}$/;
    const near = fc.string({ unit: fc.constantFrom(...'aZ0._-'), minLength: 2, maxLength: 32 });
    fc.assert(
      fc.property(fc.oneof(hostile, near), (text) => {
        const parsed = username.safeParse(text);
        expect(parsed.success).toBe(shape.test(text.trim()));
        if (parsed.success) expect(parsed.data).toBe(text.trim());
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('a new password', () => {
  it.each([
    ['eight characters', 'abcdefgh'],
    ['128 characters', 'a'.repeat(128)],
    ['128 characters of two units each', '🔑'.repeat(128)],
    ['128 letters, each sent as two', 'e\u0301'.repeat(128)],
    ['spaces around it', '  secret  '],
    ['line breaks', 'line\r\nbreak'],
    ['bidi marks', 'abc\u202edefgh'],
  ])('is accepted unchanged with %s', (_, password) => {
    expect(newPassword.parse(password)).toBe(password);
  });

  it.each([
    ['seven characters', 'abcdefg', 'Use at least 8 characters'],
    ['seven characters of two units each', '🔑'.repeat(7), 'Use at least 8 characters'],
    ['seven letters, each sent as two', 'e\u0301'.repeat(7), 'Use at least 8 characters'],
    ['129 characters', 'a'.repeat(129), 'Use at most 128 characters'],
    ['129 characters of two units each', '🔑'.repeat(129), 'Use at most 128 characters'],
    ['10 kB', 'a'.repeat(10_000), 'Use at most 128 characters'],
    ['NUL', 'abcdefgh\0', 'Use valid text without NUL characters'],
    ['half a surrogate pair', 'abcdefgh\ud800', 'Use valid text without NUL characters'],
    ['no characters', '', 'Use at least 8 characters'],
  ])('is refused with %s', (_, password, message) => {
    expect(messagesOf(newPassword, password)).toContain(message);
  });

  it('that is accepted is well-formed text of 8 to 128 characters, unchanged', () => {
    const long = fc.string({ unit: fc.oneof(codeUnit, harmless), maxLength: 600 });
    fc.assert(
      fc.property(fc.oneof(hostile, long), (text) => {
        const parsed = newPassword.safeParse(text);
        const { length } = [...text.normalize('NFC')];
        const isGood = text.isWellFormed() && !text.includes('\0') && length >= 8 && length <= 128;
        expect(parsed.success).toBe(isGood);
        if (parsed.success) expect(parsed.data).toBe(text);
      }),
      { numRuns: 2_000 },
    );
  });

  it('that is accepted can be entered again at every sign-in', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.oneof(codeUnit, harmless), maxLength: 200 }), (text) => {
        fc.pre(takes(newPassword, text));
        expect(enteredPassword.parse(text)).toBe(text);
      }),
      { numRuns: 2_000 },
    );
  });

  it('can be short if it is only checked', () => {
    expect(takes(enteredPassword, 'x')).toBe(true);
    expect(takes(enteredPassword, '')).toBe(false);
    expect(takes(enteredPassword, 'a'.repeat(10_000))).toBe(false);
    expect(takes(enteredPassword, '\udfff')).toBe(false);
  });
});
