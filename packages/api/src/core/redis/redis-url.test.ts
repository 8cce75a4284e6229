import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRedisUrl } from './redis-url.ts';

describe('parseRedisUrl', () => {
  it('parses the URL of one server, with TLS for rediss', () => {
    const plain = { kind: 'single', tls: false, db: 0 };
    expect(parseRedisUrl('redis://cache')).toEqual({ ...plain, nodes: [{ host: 'cache', port: 6379 }] });
    expect(parseRedisUrl('redis://127.0.0.1:6380/')).toEqual({
      ...plain,
      nodes: [{ host: '127.0.0.1', port: 6380 }],
    });
    expect(parseRedisUrl('rediss://ada:p%40ss@[::1]:1/7')).toEqual({
      kind: 'single',
      tls: true,
      db: 7,
      username: 'ada',
      password: 'p@ss',
      nodes: [{ host: '::1', port: 1 }],
    });
    expect(parseRedisUrl('redis://:secret@cache')).toMatchObject({ password: 'secret' });
    expect(parseRedisUrl('redis://:secret@cache')).not.toHaveProperty('username');
  });

  it('parses Sentinels and the name of the master', () => {
    expect(parseRedisUrl('redis+sentinel://:p@a:1,b,[::2]/mymaster/3?sentinelPassword=s%26')).toEqual({
      kind: 'sentinel',
      tls: false,
      db: 3,
      masterName: 'mymaster',
      password: 'p',
      sentinelPassword: 's&',
      nodes: [
        { host: 'a', port: 1 },
        { host: 'b', port: 26_379 },
        { host: '::2', port: 26_379 },
      ],
    });
  });

  it('parses nodes of a Cluster', () => {
    expect(parseRedisUrl('rediss+cluster://a,b:7000')).toEqual({
      kind: 'cluster',
      tls: true,
      db: 0,
      nodes: [
        { host: 'a', port: 6379 },
        { host: 'b', port: 7000 },
      ],
    });
  });

  it.each([
    'http://cache',
    'redis:cache',
    'redis://',
    'redis://a,b',
    'redis://a,',
    'redis://a:0x1',
    'redis://a:70000',
    'redis://a/one',
    'redis://a/1/2',
    'redis://a#b',
    'redis://a?tls=true',
    'redis://a b',
    'redis://%zz@a',
    'redis+sentinel://a',
    'redis+sentinel://a/',
    'redis+sentinel://a/master/x',
    'redis+sentinel://a/master?other=1',
    'redis+cluster://a/1',
    'redis+cluster://a/0?sentinelPassword=p',
    'redis+other://a',
  ])('rejects %s', (text) => {
    expect(parseRedisUrl(text)).toBeNull();
  });

  it('rejects any other text, and never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webUrl(),
          fc.string().map((tail) => `redis://${tail}`),
        ),
        (text) => {
          const address = parseRedisUrl(text);
          if (address === null) return;
          expect(text.startsWith('redis')).toBe(true);
          for (const { host, port } of address.nodes) {
            expect(host).not.toBe('');
            expect(port).toBeLessThan(65_536);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('decodes any percent-encoded password', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (password) => {
        expect(parseRedisUrl(`redis://:${encodeURIComponent(password)}@a`)?.password).toBe(password);
      }),
    );
  });
});
