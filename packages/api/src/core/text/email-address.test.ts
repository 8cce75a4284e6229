import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalizeMailbox } from './mailbox-providers.ts';
import { emailAddress } from '../../features/users/schema.ts';

/** Addresses that we take, those of Gmail and those with tags among them. */
const atom = fc.string({ unit: fc.constantFrom(...'abcXYZ019_-'), minLength: 1, maxLength: 8 });
const domain = fc.oneof(
  fc.constantFrom(
    'gmail.com',
    'googlemail.com',
    'Gmail.COM',
    'example.com',
    'mail.example.co.uk',
    'gmail.com.example',
  ),
  fc.domain(),
);
const mailbox = fc.array(atom, { minLength: 1, maxLength: 3 });
const address = fc
  .tuple(mailbox, fc.array(fc.oneof(atom, fc.constantFrom('', '+', '.')), { maxLength: 2 }), domain)
  .map(([parts, tags, host]) => `${[parts.join('.'), ...tags].join('+')}@${host}`)
  .filter((text) => emailAddress.safeParse(text).success);

describe('one mailbox', () => {
  it.each([
    ['is spelt in lower case', 'Ada.LOVELACE@Example.COM', 'ada.lovelace@example.com'],
    ['has no tag', 'ada+news@example.com', 'ada@example.com'],
    ['has none of several tags', 'ada+news+more@example.com', 'ada@example.com'],
    ['has no empty tag', 'ada+@example.com', 'ada@example.com'],
    ['keeps a plus with nothing before it', '+a@example.com', '+a@example.com'],
    ['keeps a plus with nothing around it', '+@example.com', '+@example.com'],
    ['keeps such a plus and has no tag', '+a+news@example.com', '+a@example.com'],
    ['keeps such a plus at Gmail', '+a.b@gmail.com', '+ab@gmail.com'],
    ['has no dots at Gmail', 'a.d.a@gmail.com', 'ada@gmail.com'],
    ['has its dots elsewhere', 'a.d.a@example.com', 'a.d.a@example.com'],
    ['is at gmail.com where it is at googlemail.com', 'ada@googlemail.com', 'ada@gmail.com'],
    ['is all of that at once', 'A.d.a+x.y@GoogleMail.com', 'ada@gmail.com'],
    ['is not at Gmail where the domain only ends so', 'a.d.a@notgmail.com', 'a.d.a@notgmail.com'],
    ['is not at Gmail where the domain only begins so', 'a.d.a@gmail.com.example', 'a.d.a@gmail.com.example'],
    ['keeps a dash, which is no tag everywhere', 'ada-news@example.com', 'ada-news@example.com'],
  ])('%s: %s', (_, given, canonical) => {
    expect(canonicalizeMailbox(given)).toBe(canonical);
  });
});

describe('the canonical spelling', () => {
  it('is its own canonical spelling', () => {
    fc.assert(
      fc.property(fc.oneof(address, fc.emailAddress()), (given) => {
        const canonical = canonicalizeMailbox(given);
        expect(canonicalizeMailbox(canonical)).toBe(canonical);
      }),
      { numRuns: 1_000 },
    );
  });

  it('ignores case and tags', () => {
    fc.assert(
      fc.property(address, atom, (given, tag) => {
        const at = given.lastIndexOf('@');
        const tagged = `${given.slice(0, at)}+${tag}${given.slice(at)}`;
        expect(canonicalizeMailbox(tagged)).toBe(canonicalizeMailbox(given));
        expect(canonicalizeMailbox(given.toUpperCase())).toBe(canonicalizeMailbox(given));
      }),
    );
  });

  it('differs for different mailboxes and for different domains', () => {
    fc.assert(
      fc.property(atom, atom, (one, other) => {
        fc.pre(one.toLowerCase() !== other.toLowerCase());
        expect(canonicalizeMailbox(`${one}@example.com`)).not.toBe(
          canonicalizeMailbox(`${other}@example.com`),
        );
        expect(canonicalizeMailbox(`${one}@gmail.com`)).not.toBe(canonicalizeMailbox(`${other}@gmail.com`));
        expect(canonicalizeMailbox(`${one}@example.com`)).not.toBe(canonicalizeMailbox(`${one}@example.org`));
      }),
    );
  });

  it('differs for mailboxes that start with a plus, and is never empty before the @', () => {
    fc.assert(
      fc.property(atom, atom, domain, (one, other, host) => {
        fc.pre(one.toLowerCase() !== other.toLowerCase());
        const [left, right] = [
          canonicalizeMailbox(`+${one}@${host}`),
          canonicalizeMailbox(`+${other}@${host}`),
        ];
        expect(left).not.toBe(right);
        expect(left).toMatch(/^\+[^@]+@/);
        expect(canonicalizeMailbox(`+${one}+${other}@${host}`)).toBe(left);
        expect(canonicalizeMailbox(left)).toBe(left);
      }),
    );
  });

  it('is computed for any text without an error', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(canonicalizeMailbox(text)).toContain('@');
      }),
    );
  });
});
