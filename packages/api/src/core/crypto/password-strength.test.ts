import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findPasswordWeakness } from './password-strength.ts';

const ADA = ['ada.lovelace', 'ada.lovelace@example.com'];

describe('a common password', () => {
  it.each([
    'password',
    'Password1',
    'P@ssw0rd',
    'p@ssw0rd!',
    'qwertyuiop',
    'qwerty123456',
    '1234567890',
    '11111111',
    'aaaaaaaaaaaa',
    'abcdefgh',
    'iloveyou',
    'letmein123',
    'football1',
    'Summer2024',
    'Summer2024!',
    'Liverpool1892',
    'drowssap',
    '1q2w3e4r',
    '19840704',
    'linkgrove',
    'Linkgrove1',
  ])('is rejected with a reason: %s', (password) => {
    expect(findPasswordWeakness(password, ADA)).toMatch(/\w{3,}.*\.$/);
  });
});

describe('a password made of the user’s own data', () => {
  it.each([
    'ada.lovelace',
    'adalovelace',
    'lovelace',
    'Lovelace1',
    'ecalevol',
    'L0v3l4c3',
    'ada.lovelace1',
    'ada.lovelace@example.com',
    'ADA.LOVELACE@EXAMPLE.COM',
  ])('is rejected with a reason: %s', (password) => {
    expect(findPasswordWeakness(password, ADA)).toMatch(/\w{3,}.*\.$/);
  });

  // No dictionary knows these names, so only whoever bears them makes them weak.
  it.each([
    'xilvaron',
    'Xilvaron1',
    'quembly2',
    'quemblyxil',
    'xilvaronquembly',
    'xilvaron.quembly',
    'xilvaron.quembly@example.com',
  ])('is accepted for other users: %s', (password) => {
    const address = 'Xilvaron.Quembly@example.com';
    expect(findPasswordWeakness(password, ['somebody', address])).toMatch(/\w{3,}.*\.$/);
    expect(findPasswordWeakness(password, ADA)).toBeNull();
  });

  it('does not affect the next check', () => {
    findPasswordWeakness('anything', ['zephyrquill.wombat']);
    expect(findPasswordWeakness('zephyrquill.wombat', ADA)).toBeNull();
  });

  it('is checked for any data', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 60 }), { maxLength: 3 }), (personal) => {
        expect(findPasswordWeakness('password', personal)).not.toBeNull();
      }),
      { numRuns: 30 },
    );
  });
});

describe('a name with something that anyone would add', () => {
  it.each([
    'Linkgrove2024!',
    'LINKGROVE2025',
    'linkgrove!!!!',
    'L1nkgr0ve#2024',
    'l!nkgr0v3-1999',
    '2024!Linkgrove',
    '2024-evorgknil',
    'Linkgrove 2024!',
    'Link-Grove-2024',
    'link_grove!99',
    'Ｌｉｎｋｇｒｏｖｅ2024!',
    'Linkgrove83629174',
    'LinkgroveLinkgrove1!',
    'linkgrove!Summer',
    'Lovelace1815!',
    'L0v3lace#2024',
  ])('is rejected with a reason: %s', (password) => {
    expect(findPasswordWeakness(password, ADA)).toMatch(/\w{3,}.*\.$/);
  });

  it('is rejected for any year, digits and symbols around the product’s name', () => {
    const extra = fc.string({ unit: fc.constantFrom(...'0123456789!#$%&*+-.?@_ '), maxLength: 12 });
    const name = fc.constantFrom(
      'linkgrove',
      'Linkgrove',
      'LINKGROVE',
      'L1nkgr0ve',
      'l!nkgrov3',
      'evorgknil',
    );
    fc.assert(
      fc.property(extra, name, extra, (before, middle, after) => {
        expect(findPasswordWeakness(before + middle + after, [])).not.toBeNull();
      }),
      { numRuns: 30 },
    );
  });

  it.each([
    'linkgrove-battery-horse',
    'my zephyr likes linkgrove',
    'lovelace-quill-wombat',
    'linkgrove🦊🎻🧊🪁🥨',
  ])('is accepted if the rest is strong: %s', (password) => {
    expect(findPasswordWeakness(password, ADA)).toBeNull();
  });
});

describe('a long password', () => {
  it.each([
    ['one character', 'a'.repeat(128)],
    ['one common password over and over', 'p@ssw0rd'.repeat(16)],
    ['the alphabet over and over', 'abcdefgh'.repeat(16)],
    ['one emoji', '🔑'.repeat(128)],
    ['the own name over and over', 'lovelace'.repeat(16)],
    ['spaces', ' '.repeat(64)],
  ])('is rejected if it is only %s', (_, password) => {
    expect(findPasswordWeakness(password, ADA)).not.toBeNull();
  });

  it('is judged by its end if it starts weakly', () => {
    expect(findPasswordWeakness(`${'a'.repeat(32)}zephyr-quill-wombat-7291`, ADA)).toBeNull();
  });

  it('is accepted if it starts strongly, whatever follows', () => {
    expect(findPasswordWeakness(`zephyr-quill-wombat-7291${'a'.repeat(104)}`, ADA)).toBeNull();
  });
});

describe('a strong password', () => {
  it.each([
    'correct-horse-battery',
    'zephyrquillwombat',
    'tr0mbone-Kettle-92-fjord',
    'Ünïcödé straße 東京',
    'три весёлых енота',
    '🦊🎻🧊🪁🥨🛶🧿🪴',
    'hG7$kq2!mZ',
    'mangoflute',
    'wombatix99',
    'x'.concat('J8#fLq2vW!pR9z'),
  ])('is accepted: %s', (password) => {
    expect(findPasswordWeakness(password, ADA)).toBeNull();
  });

  it('is any password from a generator', () => {
    const characters = fc.constantFrom(...'abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789');
    const generated = fc.array(characters, { minLength: 16, maxLength: 32 }).map((all) => all.join(''));
    fc.assert(
      fc.property(
        generated.filter((text) => new Set(text).size > 10),
        (password) => {
          expect(findPasswordWeakness(password, ADA)).toBeNull();
        },
      ),
      { numRuns: 30 },
    );
  });
});

it.each(['Liverpool 1892', '2024Summer!', 'Ｓummer2024!'])(
  'refuses a known password in another spelling: %s',
  (password) => {
    expect(findPasswordWeakness(password, [])).not.toBeNull();
  },
);
