import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyText } from '../../testing/any-text.ts';
import { canonicalizeMailbox } from './mailbox-providers.ts';

const atom = fc.string({ unit: fc.constantFrom(...'abcXYZ019_-'), minLength: 1, maxLength: 8 });
const HOSTS =
  'gmail.com googlemail.com runbox.no a.runbox.com zohomail.com yahoo.com ymail.com yahoo.co.jp proton.me pm.me fastmail.com user.fastmail.com a.b.sent.com ' +
  'outlook.com hotmail.com me.com icloud.com ya.ru yandex.com example.com Gmail.COM gmail.com.example';
const domain = fc.oneof(fc.constantFrom(...HOSTS.split(' ')), fc.domain());
const address = fc
  .tuple(fc.string({ unit: fc.constantFrom(...'abC01+-._'), minLength: 1, maxLength: 12 }), domain)
  .map(([mailbox, host]) => `${mailbox}@${host}`);

describe('canonicalizeMailbox', () => {
  it.each([
    ['Ada.LOVELACE@Example.COM', 'ada.lovelace@example.com'],
    ['ada+news+more@example.com', 'ada@example.com'],
    ['ada+@example.com', 'ada@example.com'],
    ['+a+news@example.com', '+a@example.com'],
    ['ada-news@example.com', 'ada-news@example.com'],
    ['A.d.a+x.y@GoogleMail.com', 'ada@gmail.com'],
    ['a.d.a@notgmail.com', 'a.d.a@notgmail.com'],
    ['a.d.a@gmail.com.example', 'a.d.a@gmail.com.example'],
    ['a.d.a@mail.gmail.com', 'a.d.a@mail.gmail.com'],
    ['ada-shop@yahoo.com', 'ada@yahoo.com'],
    ['ada-shop-two@yahoo.co.uk', 'ada@yahoo.co.uk'],
    ['ada.l-shop@ymail.com', 'ada.l@ymail.com'],
    ['ada-x+y@yahoo.co.jp', 'ada@yahoo.co.jp'],
    ['-a@yahoo.com', '-a@yahoo.com'],
    ['a.d_a-l+x@protonmail.com', 'adal@proton.me'],
    ['adal@pm.me', 'adal@proton.me'],
    ['news@ada.fastmail.com', 'ada@fastmail.com'],
    ['news+x@ada.fastmail.fm', 'ada@fastmail.fm'],
    ['news@ada.lovelace.fastmail.com', 'ada.lovelace@fastmail.com'],
    ['ada+x@fastmail.com', 'ada@fastmail.com'],
    ['x@ada.notfastmail.com', 'x@ada.notfastmail.com'],
    ['ada+x@runbox.no', 'ada@runbox.com'],
    ['news@ada.runbox.com', 'ada@runbox.com'],
    ['news+x@ada.lovelace.runbox.eu', 'ada.lovelace@runbox.com'],
    ['x@ada.notrunbox.com', 'x@ada.notrunbox.com'],
    ['ada+x@zohomail.com', 'ada@zoho.com'],
    ['ada.l@zoho.com', 'ada.l@zoho.com'],
    ['ada@mail.zoho.com', 'ada@mail.zoho.com'],
    ['ada-x@yahoo.at', 'ada@yahoo.at'],
    ['ada-x@y7mail.com', 'ada@y7mail.com'],
    ['x@ada.150ml.com', 'ada@150ml.com'],
    ['ada++shop@mailo.com', 'ada@mailo.com'],
    ['ada+x@outlook.com', 'ada@outlook.com'],
    ['ada-x@hotmail.com', 'ada-x@hotmail.com'],
    ['ada+x@live.com', 'ada@live.com'],
    ['ada+x@me.com', 'ada@icloud.com'],
    ['ada@mac.com', 'ada@icloud.com'],
    ['a.da@ya.ru', 'a-da@yandex.ru'],
    ['a-da+x@yandex.com', 'a-da@yandex.ru'],
  ])('folds %s into %s', (given, canonical) => {
    expect(canonicalizeMailbox(given)).toBe(canonical);
  });

  it('is idempotent', () => {
    fc.assert(
      fc.property(fc.oneof(address, fc.emailAddress(), anyText()), (given) => {
        const canonical = canonicalizeMailbox(given);
        expect(canonicalizeMailbox(canonical)).toBe(canonical);
        expect(canonical).toContain('@');
      }),
      { numRuns: 1_000 },
    );
  });

  it('never leaves an empty mailbox', () => {
    fc.assert(
      fc.property(address, (given) => {
        expect(canonicalizeMailbox(given)).toMatch(/^[^@]+@[^@]+$/);
      }),
      { numRuns: 1_000 },
    );
  });

  it('ignores case and tags', () => {
    fc.assert(
      fc.property(atom, atom, domain, (mailbox, tag, host) => {
        const canonical = canonicalizeMailbox(`${mailbox}@${host}`);
        expect(canonicalizeMailbox(`${mailbox}+${tag}@${host}`)).toBe(canonical);
        expect(canonicalizeMailbox(`${mailbox}@${host}`.toUpperCase())).toBe(canonical);
      }),
    );
  });

  it('keeps different mailboxes apart where the provider does', () => {
    const letters = fc.string({ unit: fc.constantFrom(...'abcxyz019'), minLength: 1, maxLength: 8 });
    const host = domain.filter((one) => !/\..*(fastmail|sent|runbox)\.com$/.test(one));
    fc.assert(
      fc.property(letters, letters, host, (one, other, at) => {
        fc.pre(one !== other);
        expect(canonicalizeMailbox(`${one}@${at}`)).not.toBe(canonicalizeMailbox(`${other}@${at}`));
      }),
    );
  });
});
