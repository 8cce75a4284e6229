import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createEmailHasher,
  createSigner,
  createTokenDeriver,
  generateToken,
  hashWithSha256,
} from './crypto.ts';

const secret = randomBytes(32);
const deriver = createTokenDeriver(secret);
const anyText = fc.string({ unit: 'grapheme' });

describe('a derived token', () => {
  it('is the same each time and in every process with the secret', () => {
    const elsewhere = createTokenDeriver(Buffer.from(secret));
    fc.assert(
      fc.property(anyText, (id) => {
        expect(deriver.emailToken(id)).toBe(elsewhere.emailToken(id));
        expect(deriver.nextRefreshToken(id)).toBe(elsewhere.nextRefreshToken(id));
      }),
    );
  });

  it('has 256 bits, and is safe in links and cookies', () => {
    fc.assert(
      fc.property(anyText, (id) => {
        for (const token of [deriver.emailToken(id), deriver.nextRefreshToken(id)]) {
          expect(token).toMatch(/^[\w-]{43}$/);
          expect(Buffer.from(token, 'base64url')).toHaveLength(32);
        }
      }),
    );
  });

  it('differs by its source', () => {
    fc.assert(
      fc.property(anyText, anyText, (one, other) => {
        fc.pre(one !== other);
        expect(deriver.emailToken(one)).not.toBe(deriver.emailToken(other));
        expect(deriver.nextRefreshToken(one)).not.toBe(deriver.nextRefreshToken(other));
      }),
    );
  });

  it('differs by purpose, so that a mailed token never refreshes a session', () => {
    fc.assert(
      fc.property(anyText, (id) => {
        expect(deriver.emailToken(id)).not.toBe(deriver.nextRefreshToken(id));
      }),
    );
  });

  it('changes with every bit of the secret', () => {
    fc.assert(
      fc.property(fc.nat({ max: 255 }), (bit) => {
        const other = Buffer.from(secret);
        other.writeUInt8(other.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        expect(createTokenDeriver(other).emailToken('id')).not.toBe(deriver.emailToken('id'));
        expect(createTokenDeriver(other).nextRefreshToken('id')).not.toBe(deriver.nextRefreshToken('id'));
      }),
    );
  });

  it('never repeats in the course of a session', () => {
    const chain = [generateToken()];
    for (let step = 0; step < 1_000; step += 1) chain.push(deriver.nextRefreshToken(chain.at(-1) ?? ''));
    expect(new Set(chain).size).toBe(1_001);
  });
});

describe('the hash of an address that is no longer stored', () => {
  const hash = createEmailHasher(secret);

  it('is the same in every process with the secret, and differs by address', () => {
    const elsewhere = createEmailHasher(Buffer.from(secret));
    fc.assert(
      fc.property(fc.emailAddress(), fc.emailAddress(), (one, other) => {
        expect(elsewhere(one)).toEqual(hash(one));
        expect(hash(one)).toHaveLength(32);
        expect(hash(one).equals(hash(other))).toBe(one === other);
      }),
    );
  });

  it('depends on the secret, and differs from every token', () => {
    const address = 'ada@example.com';
    const known = hash(address);
    expect(createEmailHasher(randomBytes(32))(address)).not.toEqual(known);
    expect(hashWithSha256(address)).not.toEqual(known);
    expect(deriver.emailToken(address)).not.toBe(known.toString('base64url'));
    expect(deriver.nextRefreshToken(address)).not.toBe(known.toString('base64url'));
  });
});

describe('a random token', () => {
  it('is unique, and has 256 bits', () => {
    const all = Array.from({ length: 1_000 }, generateToken);
    expect(new Set(all).size).toBe(1_000);
    for (const token of all) expect(Buffer.from(token, 'base64url').toString('base64url')).toBe(token);
    expect(Buffer.from(all[0] ?? '', 'base64url')).toHaveLength(32);
  });
});

describe('hashWithSha256', () => {
  it('is the SHA-256 of the text as UTF-8', () => {
    const hex = (text: string) => hashWithSha256(text).toString('hex');
    expect(hex('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(hex('é')).toBe('4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c');
  });
});

describe('a signed text', () => {
  const signer = createSigner(secret, 'test');
  /** An empty text is never signed, and found to be nobody's. */
  const someText = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1 }),
    fc.string({ unit: fc.constantFrom(...'ab.-_=~ 🔑'), minLength: 1 }),
  );

  it('verifies to the same text, in another process with the secret too', () => {
    const elsewhere = createSigner(Buffer.from(secret), 'test');
    fc.assert(
      fc.property(someText, (text) => {
        expect(signer.verify(signer.sign(text))).toBe(text);
        expect(elsewhere.verify(signer.sign(text))).toBe(text);
      }),
    );
  });

  it('is rejected with any character of the text changed', () => {
    fc.assert(
      fc.property(someText, fc.nat(), fc.string({ maxLength: 2 }), (text, at, other) => {
        const signed = signer.sign(text);
        const place = at % text.length;
        const changed = signed.slice(0, place) + other + signed.slice(place + 1);
        fc.pre(changed !== signed);
        expect(signer.verify(changed)).toBeNull();
      }),
      { numRuns: 1_000 },
    );
  });

  it('is rejected with any bit of the signature changed, added or removed', () => {
    fc.assert(
      fc.property(someText, fc.nat({ max: 255 }), (text, bit) => {
        const signature = Buffer.from(signer.sign(text).slice(text.length + 1), 'base64url');
        expect(signature).toHaveLength(32);
        const flipped = Buffer.from(signature);
        flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        const longer = Buffer.concat([signature, Buffer.alloc(1)]);
        for (const wrong of [flipped, longer, signature.subarray(0, bit >> 3)]) {
          expect(signer.verify(`${text}.${wrong.toString('base64url')}`)).toBeNull();
        }
      }),
    );
  });

  it('never verifies as another text, however it is changed', () => {
    fc.assert(
      fc.property(someText, fc.nat(), fc.string({ maxLength: 2 }), (text, at, other) => {
        const signed = signer.sign(text);
        const place = at % (signed.length + 1);
        expect([text, null]).toContain(
          signer.verify(signed.slice(0, place) + other + signed.slice(place + 1)),
        );
      }),
      { numRuns: 1_000 },
    );
  });

  it('is rejected if signed with another secret or for another purpose', () => {
    const others = [createSigner(randomBytes(32), 'test'), createSigner(secret, 'another test')];
    fc.assert(
      fc.property(someText, (text) => {
        for (const other of others) {
          expect(signer.verify(other.sign(text))).toBeNull();
          expect(other.verify(signer.sign(text))).toBeNull();
        }
      }),
    );
  });

  it('is rejected with the signature of another text', () => {
    fc.assert(
      fc.property(someText, someText, (one, other) => {
        fc.pre(one !== other);
        const signature = signer.sign(other).slice(other.length + 1);
        expect(signer.verify(`${one}.${signature}`)).toBeNull();
      }),
    );
  });

  it('is rejected without a dot, a text or a signature, and if it is any other text', () => {
    const signature = signer.sign('a').slice(2);
    for (const text of ['', '.', 'a', 'a.', signature, `a${signature}`, `.${signature}`]) {
      expect(signer.verify(text)).toBeNull();
    }
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(signer.verify(text)).toBeNull();
      }),
    );
  });
});
