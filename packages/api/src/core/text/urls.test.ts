import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyText } from '../../testing/any-text.ts';
import { readContactUrl } from './contact-urls.ts';
import { isEmailAddress } from './email-address.ts';
import { checkUrl, findEmbedPlayer, readHost, toStoredUrl, type UrlUse } from './urls.ts';

const hrefOf = (use: UrlUse, text: string) => checkUrl(use, text).href;

describe('a link', () => {
  it('becomes ASCII, with the host in punycode', () => {
    expect(hrefOf('link', 'https://Example.com')).toBe('https://example.com/');
    expect(hrefOf('link', 'https://bücher.example/ä?q=ü#é')).toBe(
      'https://xn--bcher-kva.example/%C3%A4?q=%C3%BC#%C3%A9',
    );
    expect(hrefOf('link', 'http://127.0.0.1:8080/x')).toBe('http://127.0.0.1:8080/x');
    expect(hrefOf('link', 'https://my_host.example.com/')).toBe('https://my_host.example.com/');
  });

  it('may have a host in any single alphabet, or in the mixed scripts of Japanese', () => {
    for (const host of [
      'straße.de',
      'президент.рф',
      'παράδειγμα.gr',
      '例え.jp',
      'カタカナ日本.jp',
      'हिन्दी.भारत',
      'сон.рф',
    ])
      expect(hrefOf('link', `https://${host}/`)).toMatch(/^https:\/\/[\x21-\x7e]+$/);
  });

  it.each([
    'https://pаypal.com',
    'https://gооgle.com',
    'https://сон.com',
    'https://ɡоogle.com',
    'https://αpple.com',
    'https://日本αβ.jp',
  ])('is rejected with a lookalike domain: %s', (text) => {
    expect(checkUrl('link', text).reason).toBe('The domain imitates another one');
  });

  it('that is accepted is http or https, without credentials', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.webUrl({ withQueryParameters: true, withFragments: true }),
      fc
        .tuple(
          fc.constantFrom('http', 'https', 'javascript', 'data', 'HTTPS'),
          fc.string({ unit: 'grapheme' }),
        )
        .map(([scheme, rest]) => `${scheme}:${rest}`),
      fc.string({ unit: 'grapheme' }).map((rest) => `https://${rest}`),
    );
    fc.assert(
      fc.property(anything, (text) => {
        const { href, reason } = checkUrl('link', text);
        if (href === undefined) {
          expect(reason).toMatch(/^[A-Z][a-z]+ /);
          return;
        }
        const url = new URL(href);
        expect(['http:', 'https:']).toContain(url.protocol);
        expect([url.username, url.password]).toEqual(['', '']);
        expect(href).toMatch(/^[\x21-\x7e]+$/);
        // What was let through once is let through again, and means the same.
        expect(checkUrl('link', href).href).toBe(href);
      }),
      { numRuns: 1_000 },
    );
  });

  it('to a web page is accepted', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), (text) => {
        expect(hrefOf('link', text)).toBe(new URL(text).href);
      }),
    );
  });
});

describe('a page to embed', () => {
  it.each([
    ['https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=3', 'https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ'],
    ['https://youtu.be/dQw4w9WgXcQ', 'https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ'],
    ['https://m.youtube.com/shorts/dQw4w9WgXcQ', 'https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ'],
    ['https://vimeo.com/76979871', 'https://player.vimeo.com/video/76979871?dnt=1'],
    [
      'https://open.spotify.com/intl-de/track/4cOdK2wGLETKBW3PvgPWqT',
      'https://open.spotify.com/embed/track/4cOdK2wGLETKBW3PvgPWqT',
    ],
    [
      'https://soundcloud.com/ada/sets/engines',
      'https://w.soundcloud.com/player/?url=https%3A%2F%2Fsoundcloud.com%2Fada%2Fsets%2Fengines',
    ],
    [
      'https://music.apple.com/gb/album/engines/1440857781',
      'https://embed.music.apple.com/gb/album/engines/1440857781',
    ],
  ])('%s has the player %s', (text, player) => {
    expect(findEmbedPlayer(hrefOf('embed', text) ?? '')).toBe(player);
  });

  it.each([
    'http://youtu.be/dQw4w9WgXcQ',
    'https://youtu.be/',
    'https://youtu.be/dQw4w9WgXcQ"onload=x',
    'https://youtube.com.example.com/watch?v=dQw4w9WgXcQ',
    'https://www.youtube.com/redirect?q=https://example.com',
    'https://open.spotify.com/user/ada',
    'https://vimeo.com/../evil',
    'https://constructor/x',
    'https://__proto__/x',
  ])('%s is rejected', (text) => {
    expect(hrefOf('embed', text)).toBeUndefined();
  });
});

describe('a mailto or tel link', () => {
  it.each([
    ['mailto:ada@example.com', 'mailto:ada@example.com'],
    ['ada+tag@example.com', 'mailto:ada+tag@example.com'],
    [
      'MAILTO:ada@example.com?Subject=Hi there&body=a%0Ab',
      'mailto:ada@example.com?subject=Hi%20there&body=a%0D%0Ab',
    ],
    [
      'mailto:ada@example.com?subject=Why?&body=1+1=2',
      'mailto:ada@example.com?subject=Why%3F&body=1%2B1%3D2',
    ],
    ['mailto:ada@example.com?subject=100%', 'mailto:ada@example.com?subject=100%25'],
    ['50%off@example.com', 'mailto:50%25off@example.com'],
    ['mailto:50%off@example.com', 'mailto:50%25off@example.com'],
    ['a/b&c=d?e#f@example.com', 'mailto:a%2Fb%26c%3Dd%3Fe%23f@example.com'],
    ['ada@münchen.example', 'mailto:ada@xn--mnchen-3ya.example'],
  ])('%s is accepted', (text, href) => {
    expect(hrefOf('email', text)).toBe(href);
    expect(hrefOf('email', href)).toBe(href);
  });

  it.each([
    'mailto:',
    'mailto:a@example.com,b@example.com',
    'mailto:a@example.com?bcc=b@example.com',
    'mailto:a@example.com?subject=a%0d%0ab',
    'mailto:a@example.com?attach=/etc/passwd',
    'https://example.com',
  ])('%s is rejected as a mail address', (text) => {
    expect(hrefOf('email', text)).toBeUndefined();
  });

  it.each([
    ['tel:+442079460958', 'tel:+442079460958'],
    ['tel:0800-123', 'tel:0800123'],
    ['tel:+1(555)123-4567', 'tel:+15551234567'],
    ['+1 555 123 4567 ext. 8', 'tel:+15551234567;ext=8'],
  ])('%s is accepted', (text, href) => {
    expect(hrefOf('phone', text)).toBe(href);
    expect(hrefOf('phone', href)).toBe(href);
  });

  it('that is accepted is ASCII, is accepted again, and is read as one address', () => {
    const part = fc.oneof(
      anyText(),
      fc.string({
        unit: fc.constantFrom(...'ab%0dA@:?&=;#+.ü', '%0d', '%0a', '%00', '%250d', '🎉', '\u200d'),
      }),
    );
    const any = fc.oneof(
      fc.tuple(part, part).map(([local, rest]) => `${local}@example.com${rest}`),
      fc.tuple(part, part).map(([local, rest]) => `mailto:${local}@example.com?subject=${rest}`),
      part.map((body) => `mailto:a@example.com?body=${body}`),
    );
    fc.assert(
      fc.property(any, (text) => {
        const { href } = checkUrl('email', text);
        if (href === undefined) return;
        expect(href).toMatch(/^mailto:[\x21-\x7e]+$/);
        expect(hrefOf('email', href)).toBe(href);
        const { value } = readContactUrl(href);
        expect(isEmailAddress(value)).toBe(true);
        // oxlint-disable-next-line no-control-regex
        expect(decodeURIComponent(href)).not.toMatch(/^[^?]*[\u0000-\u001f]/);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(['tel:', 'tel:12', 'tel:*31#', 'tel:+', 'sms:+123456', 'x123'])('%s is no number', (text) => {
    expect(hrefOf('phone', text)).toBeUndefined();
  });
});

it('the stored form of a web page in ASCII is what its owner typed', () => {
  expect(toStoredUrl('link', 'https://Example.com')).toBe('https://Example.com');
  expect(toStoredUrl('link', 'https://example.com/ä')).toBe('https://example.com/%C3%A4');
  expect(toStoredUrl('phone', 'tel:+44-20-7946-0958')).toBe('tel:+442079460958');
  expect(toStoredUrl('link', 'javascript:1')).toBeUndefined();
});

it('a host is read in its own letters', () => {
  expect(readHost('https://xn--mnchen-3ya.example/x')).toBe('münchen.example');
  expect(readHost('https://example.com:8080/')).toBe('example.com:8080');
  expect(readHost('nonsense')).toBe('');
});

it('no check is slow for long texts', () => {
  for (const use of ['link', 'image', 'embed', 'email', 'phone'] as const)
    for (const part of [
      'a',
      '-',
      '.',
      '(',
      '1',
      'https://',
      'xn--',
      '@',
      '%',
      'mailto:',
      'tel:1-',
      '?subject=',
    ])
      expect(checkUrl(use, part.repeat(50_000)).reason).toContain('at most');
});
