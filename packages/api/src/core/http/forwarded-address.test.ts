import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyText } from '../../testing/any-text.ts';
import {
  createTrustCheck,
  findClientAddress,
  normalizeForwardedFor,
  parseForwardedAddress,
} from './forwarded-address.ts';

const port = fc.integer({ min: 0, max: 65_535 });

describe('parseForwardedAddress', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['203.0.113.7:51234', '203.0.113.7'],
    ['  203.0.113.7:443\t', '203.0.113.7'],
    ['"203.0.113.7:443"', '203.0.113.7'],
    ['2001:db8:5::1', '2001:db8:5::1'],
    ['[2001:db8:5::1]', '2001:db8:5::1'],
    ['[2001:db8:5::1]:50000', '2001:db8:5::1'],
    ['"[2001:db8:5::1]:50000"', '2001:db8:5::1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['[fe80::1%25en0]:80', 'fe80::1'],
    ['[fe80::1%en0.5]:80', 'fe80::1'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['[::ffff:cb00:7107]:443', '203.0.113.7'],
  ])('reads %j as %s', (entry, address) => {
    expect(parseForwardedAddress(entry)).toBe(address);
  });

  it.each([
    '',
    ' ',
    'unknown',
    '_hidden',
    'localhost',
    'localhost:80',
    'x'.repeat(129),
    '203.0.113.7:',
    '203.0.113.7:65536',
    '203.0.113.7:port',
    '203.0.113.7:80:80',
    '203.0.113.256',
    '203.0.113',
    '0313.0.113.7',
    '0xcb007107',
    '3405803783',
    '[203.0.113.7]',
    '[203.0.113.7]:80',
    '[2001:db8::1',
    '2001:db8::1]',
    '[2001:db8::1]x',
    '[2001:db8::1]:99999',
    '2001:db8::1::2',
    '[]',
    '[]:80',
    '"203.0.113.7',
    '10.0.0.0/8',
    'for=203.0.113.7',
    '203.0.113.7 203.0.113.8',
    '203.0.113.7%eth0 x',
  ])('refuses %j', (entry) => {
    expect(parseForwardedAddress(entry)).toBeUndefined();
  });

  it('gives every spelling of an address the same result', () => {
    fc.assert(
      fc.property(fc.ipV4(), port, (address, at) => {
        const entries = [address, `${address}:${at}`, ` "${address}:${at}" `, `[::ffff:${address}]:${at}`];
        expect(entries.map(parseForwardedAddress)).toEqual(entries.map(() => address));
      }),
    );
    fc.assert(
      fc.property(fc.ipV6(), port, (address, at) => {
        const expected = parseForwardedAddress(address);
        expect(expected).toBeDefined();
        const entries = [
          `[${address}]`,
          `[${address}]:${at}`,
          `"[${address}]:${at}"`,
          `[${address}%eth0]:${at}`,
        ];
        expect(entries.map(parseForwardedAddress)).toEqual(entries.map(() => expected));
      }),
    );
  });

  it('returns an address or nothing for any text, and reads its own result', () => {
    const text = fc.oneof(
      anyText(),
      fc.string({ unit: fc.constantFrom(...'0123456789abcdef:.[]%" ') }),
      fc.ipV6(),
    );
    fc.assert(
      fc.property(text, (entry) => {
        const address = parseForwardedAddress(entry);
        if (address === undefined) return;
        expect(address).toMatch(/^[0-9a-f.:]{2,45}$/);
        expect(parseForwardedAddress(address)).toBe(address);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('findClientAddress', () => {
  const loopback = createTrustCheck(['127.0.0.1']);
  const inner = createTrustCheck(['127.0.0.1', '10.0.0.0/8', 'fd00::/8']);

  it.each([
    ['a port', '203.0.113.51:50000', '203.0.113.51'],
    ['another port of the same client', '203.0.113.51:50007', '203.0.113.51'],
    ['IPv6 with a port', '[2001:db8:5::1]:50000', '2001:db8:5::1'],
    ['a word instead of an address', 'unknown', '127.0.0.1'],
    ['3,000 letters', 'a'.repeat(3_000), '127.0.0.1'],
    ['nothing', undefined, '127.0.0.1'],
    ['an empty header', '', '127.0.0.1'],
    ['empty elements', ' , 203.0.113.51 ,, ', '203.0.113.51'],
    ['an entry that the client made up', '198.51.100.1, 203.0.113.51', '203.0.113.51'],
    ['several headers', ['198.51.100.1', '203.0.113.51:80'], '203.0.113.51'],
  ])('behind one proxy, handles %s', (_, header, client) => {
    expect(findClientAddress('127.0.0.1', header, loopback)).toBe(client);
  });

  it.each([
    ['203.0.113.60, 10.0.0.1:443', '203.0.113.60'],
    ['203.0.113.60:1234, "[fd00::7]:443", 10.0.0.1:443', '203.0.113.60'],
    ['198.51.100.1, 203.0.113.60, 10.0.0.1', '203.0.113.60'],
    ['203.0.113.60, unknown, 10.0.0.1:443', '10.0.0.1'],
    ['203.0.113.60, ::ffff:10.0.0.9', '203.0.113.60'],
    ['10.0.0.7, 10.0.0.1', '10.0.0.7'],
  ])('behind a chain of proxies, finds the client in %j', (header, client) => {
    expect(findClientAddress('::ffff:127.0.0.1', header, inner)).toBe(client);
  });

  it('ignores the header of an untrusted socket', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.string(), (address, header) => {
        expect(findClientAddress(address, header, () => false)).toBe(address);
      }),
    );
  });

  it('returns the same client for every port, whatever stands to the left', () => {
    fc.assert(
      fc.property(fc.ipV4(), port, fc.string(), (address, at, left) => {
        fc.pre(!inner(address));
        expect(findClientAddress('127.0.0.1', `${left},${address}:${at}, 10.1.2.3:${at}`, inner)).toBe(
          address,
        );
      }),
    );
  });

  it('never returns anything but an address', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string())), (entries) => {
        expect(findClientAddress('127.0.0.1', entries, () => true)).toMatch(/^[0-9a-f.:]+$/);
      }),
    );
  });
});

describe('createTrustCheck', () => {
  it.each([
    ['10.0.0.1', true],
    ['::ffff:10.0.0.1', true],
    ['10.255.255.255', true],
    ['11.0.0.1', false],
    ['192.0.2.1', true],
    ['192.0.2.2', false],
    ['fd12::1', true],
    ['fe80::1', false],
    ['', false],
    ['unknown', false],
  ])('judges %j as %s', (address, isTrusted) => {
    expect(createTrustCheck(['10.0.0.0/8', '192.0.2.1', 'fd00::/8'])(address)).toBe(isTrusted);
  });

  it('throws on what is no address', () => {
    expect(() => createTrustCheck(['nowhere'])).toThrow('ipaddr');
  });
});

describe('normalizeForwardedFor', () => {
  const isTrusted = createTrustCheck(['127.0.0.1', '10.0.0.0/8']);
  const normalize = (remoteAddress: string | undefined, header: string | undefined) => {
    const headers: { 'x-forwarded-for'?: string | undefined } =
      header === undefined ? {} : { 'x-forwarded-for': header };
    normalizeForwardedFor({ headers, socket: { remoteAddress } }, isTrusted);
    return headers;
  };

  it.each([
    ['127.0.0.1', '203.0.113.60:5, 10.0.0.1:443', { 'x-forwarded-for': '203.0.113.60' }],
    ['127.0.0.1', 'unknown', {}],
    ['203.0.113.9', '198.51.100.1', {}],
    [undefined, '198.51.100.1', {}],
    ['127.0.0.1', undefined, {}],
  ])('from %s, turns %j into %j', (socket, header, headers) => {
    expect(normalize(socket, header)).toEqual(headers);
  });
});
