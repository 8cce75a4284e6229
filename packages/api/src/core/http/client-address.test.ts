import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalizeAddress } from './client-address.ts';

describe('an IPv4 address', () => {
  it('is unchanged', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(canonicalizeAddress(address)).toBe(address);
      }),
    );
  });

  it('is the same in every IPv6-mapped spelling', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
        const hex = `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
        const wrapped = [`::ffff:${address}`, `::FFFF:${address}`, `::ffff:${hex}`, `0:0:0:0:0:ffff:${hex}`];
        expect(wrapped.map(canonicalizeAddress)).toEqual(wrapped.map(() => address));
      }),
    );
  });
});

describe('an IPv6 address', () => {
  const group = fc.integer({ min: 0, max: 0xffff });
  // An address that wraps IPv4 is one of IPv4.
  const groups = fc
    .array(group, { minLength: 8, maxLength: 8 })
    .filter((all) => all.slice(0, 5).some((one) => one !== 0));
  const spell = (all: number[]) => all.map((one) => one.toString(16)).join(':');

  it.each([
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::ABCD', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002:0000:0000:0000:0001', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:0:0:ffff:ffff:ffff:ffff', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('becomes its network: %s', (address, network) => {
    expect(canonicalizeAddress(address)).toBe(network);
  });

  it('becomes the same network in every spelling', () => {
    fc.assert(
      fc.property(groups, (all) => {
        const plain = spell(all);
        const padded = all.map((one) => one.toString(16).padStart(4, '0')).join(':');
        const shortened = new URL(`http://[${plain}]/`).hostname.slice(1, -1);
        const network = canonicalizeAddress(plain);
        expect(network).toMatch(/^([0-9a-f]{1,4}:){4}:\/64$/);
        expect(canonicalizeAddress(plain.toUpperCase())).toBe(network);
        expect(canonicalizeAddress(padded)).toBe(network);
        expect(canonicalizeAddress(shortened)).toBe(network);
      }),
    );
  });

  it('shares its network only with addresses that have the same first 64 bits', () => {
    fc.assert(
      fc.property(groups, groups, (one, other) => {
        const neighbour = [...one.slice(0, 4), ...other.slice(4)];
        if (neighbour.slice(0, 5).every((part) => part === 0)) return;
        expect(canonicalizeAddress(spell(neighbour))).toBe(canonicalizeAddress(spell(one)));
        const sameNetwork = spell(one.slice(0, 4)) === spell(other.slice(0, 4));
        expect(canonicalizeAddress(spell(one)) === canonicalizeAddress(spell(other))).toBe(sameNetwork);
      }),
    );
  });
});

describe('any other text', () => {
  it.each([
    '',
    'unknown',
    'localhost',
    '256.1.1.1',
    '2001:db8::1::2',
    '10.0.0.0/8',
    '1.2.3.4:80',
    '[::1]',
    'a, b',
  ])('is unchanged: %j', (text) => {
    expect(canonicalizeAddress(text)).toBe(text);
  });

  it('never throws, and is not mistaken for IPv6', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        fc.pre(!text.includes(':'));
        expect(canonicalizeAddress(text)).not.toContain(':');
      }),
    );
  });

  it('is canonical after one call: canonicalizing again changes nothing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string()), (text) => {
        const canonical = canonicalizeAddress(text);
        expect(canonicalizeAddress(canonical)).toBe(canonical);
      }),
    );
  });
});
