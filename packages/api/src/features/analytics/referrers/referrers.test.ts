import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readReferrer } from './policy.ts';

describe('a referrer', () => {
  it.each([
    ['https://l.instagram.com/?u=https%3A%2F%2Fexample.com', 'instagram.com'],
    ['https://www.instagram.com/', 'instagram.com'],
    ['android-app://com.instagram.android/', 'instagram.com'],
    ['android-app://com.google.android.gm', 'mail.google.com'],
    ['android-app://org.example.reader/', 'org.example.reader'],
    ['https://lm.facebook.com/l.php', 'facebook.com'],
    ['https://t.co/abc', 'x.com'],
    ['https://www.google.de/search', 'google.com'],
    ['https://www.google.co.uk/', 'google.com'],
    ['https://news.google.com/', 'news.google.com'],
    ['https://google.evil.example/', 'google.evil.example'],
    ['https://user:secret@Example.COM:8443/path?q=secret', 'example.com'],
    ['http://192.0.2.7/', '192.0.2.7'],
    ['', null],
    ['about:blank', null],
    ['javascript:alert(1)', null],
    ['no address', null],
  ])('%j is of the site %j', (text, site) => {
    expect(readReferrer(text)).toBe(site);
  });

  it('is a plain host name or nothing, whatever is sent', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webUrl(),
          fc.string().map((text) => `https://${text}`),
        ),
        (text) => {
          const site = readReferrer(text);
          expect(site === null || /^[a-z0-9.-]{1,253}$/.test(site)).toBe(true);
        },
      ),
    );
  });
});
