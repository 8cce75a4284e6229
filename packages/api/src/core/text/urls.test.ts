import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkUrl, findEmbedPlayer, type UrlUse } from './urls.ts';

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
  it.each(['mailto:ada@example.com', 'MAILTO:ada@example.com?subject=Hi%20there&body=a%0Ab'])(
    '%s is accepted',
    (text) => {
      expect(hrefOf('email', text)).toBe(text);
    },
  );

  it.each([
    'ada@example.com',
    'mailto:',
    'mailto:a@example.com,b@example.com',
    'mailto:a@example.com?bcc=b@example.com',
    'mailto:a@example.com?subject=a%0d%0ab',
    'mailto:a@example.com?attach=/etc/passwd',
    'https://example.com',
  ])('%s is rejected as a mail address', (text) => {
    expect(hrefOf('email', text)).toBeUndefined();
  });

  it.each(['tel:+442079460958', 'tel:0800-123', 'tel:+1(555)123-4567'])('%s is accepted', (text) => {
    expect(hrefOf('phone', text)).toBe(text);
  });

  it.each(['tel:', 'tel:12', 'tel:*31#', 'tel:+', 'tel:123;ext=4', 'sms:+123456', '+123456'])(
    '%s is no number',
    (text) => {
      expect(hrefOf('phone', text)).toBeUndefined();
    },
  );
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
