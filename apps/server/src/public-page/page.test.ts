import { DEFAULT_THEME } from '@linkgrove/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GLYPHS } from '../assets/glyphs.ts';
import { renderPublicPage } from './page.ts';
import { PRESET_LOOKS } from './presets/index.ts';

const PUBLIC_URL = 'https://links.example';
const PAST = '2020-01-01T00:00:00Z';

describe('the icons of platforms', () => {
  it.each(['apple-music', 'apple-podcasts', 'etsy', 'kick', 'ko-fi', 'line'])('have one for %s', (name) => {
    expect(Object.entries(GLYPHS).find(([glyph]) => glyph === name)?.[1][1]).toMatch(/^M/i);
  });
});

const LINK = {
  id: 'x',
  parentId: null,
  type: 'link' as const,
  title: '',
  url: '',
  href: '',
  gate: null,
  pinned: false,
  suspicious: false,
  thumbnailUrl: null,
  thumbnail: null,
  layout: null,
  data: { description: '' },
};

const page = (title: string, bio: string, text: string, url: string) => ({
  handle: 'ada',
  url: `${PUBLIC_URL}/@ada`,
  title,
  verified: false,
  bio,
  avatarUrl: null,
  avatar: null,
  cover: null,
  backdrop: null,
  language: 'en',
  direction: 'ltr' as const,
  theme: DEFAULT_THEME,
  seo: { title: text, description: bio, noindex: false, kind: null },
  madeWith: { product: 'Linkgrove', url: `${PUBLIC_URL}/r/ada` },
  blocks: [
    { ...LINK, title, url, href: url, data: { description: text } },
    {
      id: 'y',
      parentId: null,
      type: 'social' as const,
      title: text,
      url: null,
      href: null,
      gate: null,
      pinned: false,
      suspicious: false,
      thumbnailUrl: null,
      thumbnail: null,
      layout: null,
      data: { profiles: [{ platform: 'website' as const, url, href: url }] },
    },
  ],
  createdAt: PAST,
  updatedAt: PAST,
});

describe('text from a page’s owner', () => {
  const TAGS = /<\/?([a-z][a-z0-9]*)/gi;
  const tagsOf = (text: string) => [...text.matchAll(TAGS)].map(([, name = '']) => name.toLowerCase());
  const evil = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      `"><script>alert(1)</script>`,
      `'><img src=x onerror=alert(1)>`,
      '</title><script>alert(1)</script>',
      '</script><script>alert(1)</script>',
      '</style><script>alert(1)</script>',
      '<!--<script>',
      '&lt;script&gt;',
      '\u2028</script>',
    ),
  );
  const plain = renderPublicPage(page('t', 'b', 's', 'https://example.com/'));

  it('stays text: the page has the same elements and attributes whatever it contains', () => {
    fc.assert(
      fc.property(evil, evil, evil, fc.webUrl(), (title, bio, text, url) => {
        const { html, policy } = renderPublicPage(page(title, bio, text, url));
        expect(tagsOf(html)).toEqual(tagsOf(plain.html));
        expect(html.match(/"/g)?.length).toBeGreaterThan(0);
        expect(policy).toBe(plain.policy);
        const data = /<script type="application\/ld\+json">(.*?)<\/script>/s.exec(html)?.[1] ?? '';
        expect(JSON.parse(data).mainEntity.name).toBe(title);
      }),
      { numRuns: 300 },
    );
  });

  it('of a block that can’t be rendered is reported and left out, with the rest of the page whole', () => {
    const given = page('t', 'b', 's', 'https://example.com/');
    const [link, social] = given.blocks;
    const failed: string[] = [];
    const broken = { ...given, blocks: [{ ...link!, thumbnailUrl: 'no address' }, social!] };
    const { html } = renderPublicPage(broken, { report: (_, { id }) => failed.push(id) });
    expect(failed).toEqual(['x']);
    expect([html.includes('class="social"'), html.includes('no address')]).toEqual([true, false]);
  });
});

describe('a page of sixty links', () => {
  const url = 'https://www.example.com/a-page';
  const blocks = Array.from({ length: 60 }, (_, index) => {
    const id = `0198c2d4-5e6f-7a8b-9c0d-${String(index).padStart(12, '0')}`;
    const href = `${PUBLIC_URL}/go/${id}`;
    return { ...LINK, id, url, href, title: `Link number ${index}`, data: { description: null } };
  });

  it.each(Object.keys(PRESET_LOOKS))('weighs less than 15 kB in %s', (preset) => {
    const given = page('Sixty links', 'Everything I have ever made', 'Links', url);
    const theme = { ...DEFAULT_THEME, preset: preset as keyof typeof PRESET_LOOKS };
    const { html } = renderPublicPage({ ...given, theme, blocks, madeWith: null });
    expect(Buffer.byteLength(html)).toBeLessThan(15_000);
  });
});
