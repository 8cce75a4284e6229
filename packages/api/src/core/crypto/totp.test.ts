import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  buildTotpUrl,
  computeTotp,
  decodeBase32,
  encodeBase32,
  findTotpStep,
  generateTotpSecret,
  getTotpStep,
} from './totp.ts';

const RFC_SECRET = encodeBase32(Buffer.from('12345678901234567890'));

describe('a code', () => {
  it.each([
    [59, '94287082'],
    [1_111_111_109, '07081804'],
    [1_111_111_111, '14050471'],
    [1_234_567_890, '89005924'],
    [2_000_000_000, '69279037'],
    [20_000_000_000, '65353130'],
  ])('is that of appendix B of RFC 6238 at second %d', (second, code) => {
    const step = getTotpStep(second * 1_000);
    expect(computeTotp(RFC_SECRET, step, 8)).toBe(code);
    expect(computeTotp(RFC_SECRET, step)).toBe(code.slice(-6));
  });

  it('is found one step before and after its own, and no further', () => {
    const ms = 1_234_567_890_000;
    const step = getTotpStep(ms);
    const codes = [-2, -1, 0, 1, 2].map((offset) => computeTotp(RFC_SECRET, step + offset));
    expect(codes.map((code) => findTotpStep(RFC_SECRET, code, ms))).toEqual([
      undefined,
      step - 1,
      step,
      step + 1,
      undefined,
    ]);
    for (const wrong of ['', '0', '0000000', 'abcdef'])
      expect(findTotpStep(RFC_SECRET, wrong, ms)).toBeUndefined();
  });
});

describe('Base32', () => {
  it.each([
    ['f', 'MY'],
    ['fo', 'MZXQ'],
    ['foo', 'MZXW6'],
    ['foob', 'MZXW6YQ'],
    ['fooba', 'MZXW6YTB'],
    ['foobar', 'MZXW6YTBOI'],
  ])('of %j is %s, as in RFC 4648', (text, encoded) => {
    expect(encodeBase32(Buffer.from(text))).toBe(encoded);
  });

  it('gives the bytes back', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(decodeBase32(encodeBase32(bytes))).toEqual(Buffer.from(bytes));
      }),
    );
  });
});

it('a secret has 160 bits, and its URL names issuer and account', () => {
  const secret = generateTotpSecret();
  expect(decodeBase32(secret)).toHaveLength(20);
  const url = new URL(buildTotpUrl(secret, { issuer: 'links.example', account: 'ada+x@example.com' }));
  expect([url.protocol, url.host, decodeURIComponent(url.pathname)]).toEqual([
    'otpauth:',
    'totp',
    '/links.example:ada+x@example.com',
  ]);
  expect(Object.fromEntries(url.searchParams)).toEqual({
    secret,
    issuer: 'links.example',
    algorithm: 'SHA1',
    digits: '6',
    period: '30',
  });
});
