import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPageFile } from './reading/service.ts';

const read = (content: string, format?: Parameters<typeof readPageFile>[0]['format']) =>
  readPageFile({ content, format });
const summarize = ({ blocks }: Awaited<ReturnType<typeof read>>) =>
  blocks.map(({ type, title, url, group }) => [type, title, url, group]);

describe('a list of links', () => {
  it.each([
    ['https://example.com/a', [['link', null, 'https://example.com/a', null]]],
    ['My site: https://example.com/a', [['link', 'My site', 'https://example.com/a', null]]],
    ['https://example.com/a — My site', [['link', 'My site', 'https://example.com/a', null]]],
    [
      '- [My (old) site](https://example.com/a_(b) "t")',
      [['link', 'My (old) site', 'https://example.com/a_(b)', null]],
    ],
    ['example.com/a', [['link', null, 'https://example.com/a', null]]],
    ['ada@example.com', [['email', null, 'mailto:ada@example.com', null]]],
    ['+44 20 7946 0958', [['phone', null, 'tel:+442079460958', null]]],
    [
      '# Music\n1. [A](https://a.example)',
      [
        ['heading', 'Music', null, null],
        ['link', 'A', 'https://a.example', null],
      ],
    ],
    ['[A](https://a.example)', [['link', 'A', 'https://a.example', null]]],
  ])('in text reads %j', async (text, blocks) => {
    const found = await read(text);
    expect(found.format).toBe('text');
    expect(summarize(found)).toEqual(blocks);
  });

  it('in CSV is read by its header, with quotes, groups and times', async () => {
    const csv = [
      'Title;Link URL;Folder;Start date;Description',
      '"Ada; ""the"" site";https://example.com/a;Work;2030-01-01 12:00;"Two\nlines"',
      'No link;;;;',
      'Odd;https://example.com/b;Work;soon;',
    ].join('\r\n');
    const found = await read(`\u{FEFF}${csv}`);
    expect(found.format).toBe('csv');
    expect(summarize(found)).toEqual([
      ['group', 'Work', null, null],
      ['link', 'Ada; "the" site', 'https://example.com/a', 0],
      ['link', 'Odd', 'https://example.com/b', 0],
    ]);
    expect(found.blocks[1]).toMatchObject({
      startsAt: new Date('2030-01-01T12:00:00Z'),
      data: { description: 'Two lines' },
    });
    expect(found.blocks[2]).toMatchObject({ enabled: false });
    expect([found.skipped, found.changed]).toMatchObject([[{ title: 'No link' }], [{ title: 'Odd' }]]);
  });

  it('in CSV needs no header if the format is given', async () => {
    const found = await read('Ada,https://example.com/a\nBob,https://example.com/b', 'csv');
    expect(summarize(found)).toHaveLength(2);
  });
});

const BOOKMARKS = `<!DOCTYPE NETSCAPE-Bookmark-file-1>
<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=UTF-8">
<TITLE>Bookmarks</TITLE><H1>Bookmarks</H1>
<DL><p>
  <DT><H3 ADD_DATE="1" PERSONAL_TOOLBAR_FOLDER="true">Bookmarks bar</H3>
  <DL><p>
    <DT><A HREF="https://example.com/a?x=1&amp;y=2" ADD_DATE="1" ICON="data:image/png;base64,AAAA">A &amp; B</A>
    <DD>About a
    <DT><H3>Music</H3>
    <DL><p>
      <DT><A HREF="https://example.com/m">M</A>
      <HR>
      <DT><H3>Live</H3>
      <DL><p><DT><A HREF="https://example.com/l">L</A></DL><p>
      <DT><A HREF="https://example.com/n">N</A>
    </DL><p>
  </DL><p>
  <DT><A HREF="javascript:alert(1)">Bookmarklet</A>
</DL><p>`;

it('bookmarks keep their folders as groups', async () => {
  const found = await read(BOOKMARKS);
  expect(found.format).toBe('bookmarks');
  expect(summarize(found)).toEqual([
    ['link', 'A & B', 'https://example.com/a?x=1&y=2', null],
    ['group', 'Music', null, null],
    ['link', 'M', 'https://example.com/m', 1],
    ['divider', null, null, 1],
    ['group', 'Music / Live', null, null],
    ['link', 'L', 'https://example.com/l', 4],
    ['link', 'N', 'https://example.com/n', 1],
  ]);
  expect(found.blocks[0]).toMatchObject({ data: { description: 'About a' } });
  expect(found.skipped).toEqual([{ title: 'Bookmarklet', reason: expect.stringContaining('javascript:') }]);
});

it('bookmarks in many folders are read, of which a page has the first', async () => {
  const folders = Array.from(
    { length: 900 },
    (_, index) => `<DT><H3>F${index}</H3>\n<DL><p><DT><A HREF="https://a.example/${index}">L</A>\n</DL><p>\n`,
  );
  const found = await read(`<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<DL><p>\n${folders.join('')}</DL><p>`);
  expect(found.blocks).toHaveLength(200);
  expect(found.blocks.at(-1)).toMatchObject({ type: 'link', group: 198 });
});

it('a LinkStack export brings its blocks, icons, texts and picture', async () => {
  const link = { click_number: 3, custom_css: '', type_params: null, up_link: 'no' };
  const found = await read(
    JSON.stringify({
      id: 1,
      name: 'Ada',
      littlelink_name: 'ada',
      littlelink_description: '<p>Poet of <strong>numbers</strong></p><script>x()</script>',
      image_data: 'iVBORw0KGgo=',
      image_extension: 'png',
      links: [
        {
          ...link,
          button_id: 1,
          title: 'Site',
          link: 'https://example.com',
          order: 2,
          type: 'link',
          up_link: 'yes',
        },
        { ...link, button_id: 42, title: 'Begin', link: null, order: 1, type: 'heading' },
        {
          ...link,
          button_id: 93,
          title: '<p>Hi <a href="https://a.example">*there*</a></p>',
          link: null,
          order: 3,
        },
        { ...link, button_id: 43, title: '3', link: null, order: 4 },
        { ...link, button_id: 94, title: 'mastodon', link: 'https://social.example/@ada', order: 5 },
        { ...link, button_id: 44, title: 'Call', link: 'tel:+442079460958', order: 6 },
        {
          ...link,
          button_id: 96,
          title: 'Card',
          link: '{"email":"ada@example.com","home_address_city":"London"}',
          order: 7,
        },
        { ...link, button_id: 1, title: '<b>Evil</b>', link: 'javascript:alert(1)', order: 8, type: 'link' },
      ],
    }),
  );
  expect(found.format).toBe('linkstack');
  expect(found.page).toEqual({ title: 'Ada', bio: 'Poet of numbers' });
  expect(found.pictures).toMatchObject([{ block: null, type: 'image/png' }]);
  expect(summarize(found)).toEqual([
    ['heading', 'Begin', null, null],
    ['link', 'Site', 'https://example.com', null],
    ['text', null, null, null],
    ['divider', null, null, null],
    ['phone', 'Call', 'tel:+442079460958', null],
    ['email', null, 'mailto:ada@example.com', null],
    ['social', null, null, null],
  ]);
  expect(found.blocks[1]).toMatchObject({ pinned: true });
  expect(found.blocks[2]).toMatchObject({
    data: { text: String.raw`Hi [\*there\*](<https://a.example>)` },
  });
  expect([found.changed, found.skipped]).toMatchObject([[{ title: 'Card' }], [{ title: 'Evil' }]]);
});

it('a saved Beacons page brings its profile, links and players', async () => {
  const about = {
    '@context': 'https://schema.org/',
    '@type': 'WebPage',
    name: 'ada - Link in Bio & Creator Tools | Beacons',
    sameAs: ['https://instagram.com/ada', 'https://x.com/ada'],
    description: 'Poet of ## numbers. Featured links: Shop',
    image: 'https://cdn.beacons.ai/user_content/1/profile_ada.png',
    identifier: 'ada',
  };
  const found = await read(`<!DOCTYPE html><html><head><title>x</title>
    <link rel="stylesheet" href="https://beacons.ai/_next/static/a.css"></head><body>
    <a href="https://instagram.com/ada"><svg></svg></a>
    <a href="https://shop.example/?a=1&amp;b=2" class="x"><div><style>.a{}</style><img alt="" src="data:image/png;base64,iVBORw0KGgo="><p>My  shop</p></div></a>
    <a href="https://shop.example/?a=1&amp;b=2"><p>My shop</p></a>
    <a href="https://beacons.ai/?utm=1"><img alt="Made with Beacons"></a>
    <a href="javascript:void(0)">No</a>
    <iframe src="https://www.youtube.com/embed/dQw4w9WgXcQ"></iframe>
    <input placeholder="Email" type="text">
    <script type="application/ld+json">${JSON.stringify(about)}</script></body></html>`);
  expect(found.format).toBe('beacons');
  expect(found.page).toEqual({
    title: 'ada',
    bio: 'Poet of   numbers.',
    avatarUrl: 'https://cdn.beacons.ai/user_content/1/profile_ada.png',
  });
  expect(summarize(found)).toEqual([
    ['social', null, null, null],
    ['link', 'My shop', 'https://shop.example/?a=1&b=2', null],
    ['embed', null, 'https://www.youtube.com/embed/dQw4w9WgXcQ', null],
  ]);
  expect(found.pictures).toMatchObject([{ block: 1 }]);
  expect(found.skipped).toMatchObject([{ title: 'Sign-up form' }]);
});

const UUIDS = Array.from({ length: 9 }, (_, index) => `00000000-0000-4000-8000-00000000000${index}`);
const [
  HEADER = '',
  LINKS = '',
  FOLDER = '',
  TEXT = '',
  IMAGE = '',
  VIDEOS = '',
  SPACER = '',
  STORE = '',
  EMAIL = '',
] = UUIDS;
/** As Beacons writes it, with invented content. */
const BEACONS_PROFILE = {
  beacons_username: 'ada',
  verified: false,
  page_appearance: { links: { border_color: true }, text: { font_family: 'Poppins' } },
  profile_picture_url: 'https://cdn.beacons.ai/profile_pictures/ada?q=1',
  page_layout: [...UUIDS, LINKS, 'gone'].map((block_id) => ({ block_id })),
  [HEADER]: {
    block_type: 'header',
    display: true,
    nickname: 'Ada Lovelace',
    header_bio: 'Poet of numbers',
    header_location: 'London',
    header_banner_image: 'https://cdn.beacons.ai/banner.png',
    social_array: null,
    social_links: {
      email: 'ada@example.com',
      youtube: 'https://www.youtube.com/@ada',
      tiktok: '@ada',
      twitter: 'ada',
      whatsapp: '+44 20 7946 0958',
      unheard: 'ada',
      vimeo: '',
    },
  },
  [LINKS]: {
    block_type: 'links',
    display: true,
    headline: 'My shops',
    description: '',
    links: [
      {
        title: 'Shop',
        subtitle: '$$5 off',
        url: 'https://shop.example/',
        picture: 'etsy;source=beacons',
        display: true,
      },
      {
        title: 'Hidden',
        url: 'https://hidden.example/',
        picture: 'https://img.example/a.png',
        display: false,
      },
      { title: 'Make your own Beacons page', url: 'https://beacons.ai/signup?c=ada', display: true },
      { title: 'Evil', url: 'javascript:alert(1)', display: true },
      'odd',
    ],
  },
  [FOLDER]: {
    block_type: 'links',
    display: true,
    collapse_style: 'collapsed',
    headline: 'Press',
    links: [
      { title: 'Article', url: 'https://news.example/', picture: 'data:image/png;base64,iVBORw0KGgo=' },
    ],
  },
  [TEXT]: { block_type: 'text', display: true, title: 'About', description: '$2a' },
  [IMAGE]: {
    block_type: 'images',
    display: true,
    images: [{ source: 'https://img.example/b.png', url: 'https://b.example/' }],
  },
  [VIDEOS]: {
    block_type: 'videos',
    display: true,
    headline: 'Watch',
    videos: [{ url: 'https://www.youtube.com/watch?v=dQw4w9WgXcQ' }, { url: 'https://films.example/1' }],
  },
  [SPACER]: { block_type: 'spacer', display: true },
  [STORE]: { block_type: 'store', display: true, store_items: [{ title: 'Course', price: 20 }] },
  [EMAIL]: { block_type: 'email', display: false, submit_text: 'Subscribe' },
  'not in the layout': {
    block_type: 'links',
    display: true,
    links: [{ title: 'Old', url: 'https://old.example/' }],
  },
};
const LONG_TEXT = `Über **mich**${'.'.repeat(1_200)}`;
const BEACONS_STREAM = [
  `1:I[1,[],"x"]\n2a:T${Buffer.byteLength(LONG_TEXT).toString(16)},${LONG_TEXT}9:[["$","$L17",null,{"sessionToken":"secret",`,
  `"profileInfoDocument":${JSON.stringify(BEACONS_PROFILE)}}]]\n`,
];

describe('a saved Beacons page with its data', () => {
  const visible = '<a href="https://shop.example/?utm_source=beacons">Shop</a>';
  const withStream = `<!DOCTYPE html><link href="https://beacons.ai/_next/static/a.css"><title>x</title>${visible}<script>(self.__next_f=self.__next_f||[]).push([0])</script>${BEACONS_STREAM.map(
    (part) =>
      `<script>self.__next_f.push([1, ${JSON.stringify(part).replaceAll('<', String.raw`\u003c`)}])</script>`,
  ).join('')}`;

  it('brings what the page shows in its order, once, and says what stays behind', async () => {
    const found = await read(withStream);
    expect(found).toMatchObject({
      format: 'beacons',
      page: {
        title: 'Ada Lovelace',
        bio: 'Poet of numbers',
        avatarUrl: 'https://cdn.beacons.ai/profile_pictures/ada?q=1',
      },
    });
    expect(summarize(found)).toEqual([
      ['email', null, 'mailto:ada@example.com', null],
      ['social', null, null, null],
      ['heading', 'My shops', null, null],
      ['link', 'Shop', 'https://shop.example/', null],
      ['link', 'Hidden', 'https://hidden.example/', null],
      ['group', 'Press', null, null],
      ['link', 'Article', 'https://news.example/', 5],
      ['heading', 'About', null, null],
      ['text', null, null, null],
      ['image', null, 'https://img.example/b.png', null],
      ['heading', 'Watch', null, null],
      ['embed', null, 'https://www.youtube.com/watch?v=dQw4w9WgXcQ', null],
      ['link', null, 'https://films.example/1', null],
      ['divider', null, null, null],
    ]);
    expect(found.blocks[1]).toMatchObject({
      data: {
        profiles: [
          { platform: 'youtube', url: 'https://www.youtube.com/@ada' },
          { platform: 'tiktok', url: 'https://tiktok.com/@ada' },
          { platform: 'x', url: 'https://x.com/ada' },
          { platform: 'whatsapp', url: 'https://wa.me/442079460958' },
        ],
      },
    });
    expect(found.blocks[3]).toMatchObject({ data: { description: '$5 off' }, thumbnailUrl: null });
    expect(found.blocks[4]).toMatchObject({ enabled: false, thumbnailUrl: 'https://img.example/a.png' });
    expect(found.blocks[8]).toMatchObject({ data: { text: LONG_TEXT } });
    expect(found.blocks[9]).toMatchObject({ data: { link: 'https://b.example/' } });
    expect(found.pictures).toMatchObject([{ block: 6 }]);
    expect(found.skipped.map(({ title }) => title)).toEqual([
      'unheard',
      'London',
      'Banner',
      'Make your own Beacons page',
      'Evil',
      'Course',
    ]);
  });

  it('is taken for none of Linktree, to which it may link', async () => {
    const found = await read(withStream.replaceAll('https://hidden.example/', 'https://linktr.ee/ada'));
    expect(found).toMatchObject({ format: 'beacons' });
    expect(found.blocks[4]).toMatchObject({ url: 'https://linktr.ee/ada' });
  });

  it('of the older kind is read from its JSON, in which a dollar is a dollar', async () => {
    const profile = { ...BEACONS_PROFILE, [TEXT]: { block_type: 'text', display: true, description: '$39' } };
    const json = JSON.stringify({ props: { pageProps: { deep: [{ profile }] } } });
    const found = await read(
      `<html><link href="https://beacons.ai/a.css"><script id="__NEXT_DATA__" type="application/json">${json}</script></html>`,
    );
    expect(found).toMatchObject({ format: 'beacons', page: { title: 'Ada Lovelace' } });
    expect(found.blocks.find(({ type }) => type === 'text')).toMatchObject({ data: { text: '$39' } });
  });

  it('that cannot be read is taken for what it shows', async () => {
    const found = await read(withStream.replace('profileInfoDocument', 'profileInfoDocument\\":broken\\"'));
    expect(summarize(found)).toEqual([['link', 'Shop', 'https://shop.example/?utm_source=beacons', null]]);
  });
});

describe('a hostile file', () => {
  it.each([
    ['nested bookmarks', `${BOOKMARKS.slice(0, 60)}${'<DL><DT><H3>a</H3>'.repeat(40_000)}`],
    ['open brackets', `https://a.example\n${'['.repeat(900_000)}`],
    ['open links', `https://a.example\n${'[x](a'.repeat(150_000)}`],
    ['separators', `https://a.example\n${'- '.repeat(400_000)}`],
    ['quotes', `url,title\n${'"'.repeat(900_000)}`],
    ['tags', `<!DOCTYPE NETSCAPE-Bookmark-file-1>${'<a '.repeat(300_000)}`],
    [
      'a huge data URL',
      JSON.stringify({
        account: { profilePictureUrl: `data:image/png;base64,${'A'.repeat(900_000)}` },
        links: [],
      }),
    ],
    ['domains', 'a.'.repeat(400_000)],
    [
      'rows of a stream',
      `<html>https://beacons.ai/<a href="https://a.example">a</a><script>self.__next_f.push([1,"${':\\n'.repeat(200_000)}"])</script>`,
    ],
    [
      'ends of a stream',
      `<html>https://beacons.ai/<a href="https://a.example">a</a><script>self.__next_f.push([${']) '.repeat(300_000)}x</script>`,
    ],
  ])('of %s is read or refused', async (_kind, content) => {
    // A reader that takes quadratic time would not end before the test does.
    await read(content).catch((error: unknown) => expect(error).toMatchObject({ code: 'VALIDATION_FAILED' }));
  });

  it('pollutes no prototype and runs no script', async () => {
    const files = [
      '{"__proto__":{"polluted":1},"account":{"__proto__":{"polluted":1}},"links":[{"url":"https://a.example","gate":{"__proto__":{"polluted":1}},"schedule":{"__proto__":{"polluted":1}}}]}',
      '{"littlelink_name":"a","links":[{"__proto__":{"polluted":1},"button_id":"__proto__","up_link":"x","link":"https://a.example"}]}',
      'url,__proto__,constructor\nhttps://a.example,1,2',
      '<!DOCTYPE NETSCAPE-Bookmark-file-1><DL><DT><A __proto__="1" HREF="https://a.example">__proto__</A></DL>',
    ];
    for (const content of files) {
      const found = await read(content);
      expect(found.blocks).toHaveLength(1);
      expect({}).not.toHaveProperty('polluted');
    }
  });

  it('is either refused with a reason or read within the limits', async () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '<DL>',
        '</DL>',
        '<DT><H3>',
        '</H3>',
        '<A HREF="https://a.example">',
        '</A>',
        '<HR>',
        '<DD>',
        'https://a.example/x',
        'javascript:alert(1)',
        'data:text/html,x',
        '[',
        '](',
        ')',
        '"',
        ',',
        ';',
        '\n',
        'url',
        'title',
        '{',
        '}',
        '"links":[',
        '"littlelink_name":"x",',
        '\u0000',
        '\u202E',
        '\uD800',
        '# ',
      ),
      fc.string({ unit: 'binary', maxLength: 20 }),
    );
    const start = fc.constantFrom(
      '',
      '<!DOCTYPE NETSCAPE-Bookmark-file-1>',
      '<html>https://beacons.ai/',
      '{',
      'url,title\n',
    );
    const format = fc.constantFrom(undefined, 'beacons', 'bookmarks', 'csv', 'text', 'linkstack', 'linktree');
    await fc.assert(
      fc.asyncProperty(start, fc.array(piece, { maxLength: 40 }), format, async (begin, pieces, given) => {
        const found = await read(begin + pieces.join(''), given as 'csv' | undefined).catch(
          (error: unknown) => {
            expect(error).toMatchObject({ code: 'VALIDATION_FAILED' });
          },
        );
        if (!found) return;
        expect(found.blocks.length).toBeLessThanOrEqual(200);
        for (const [index, { url, group }] of found.blocks.entries()) {
          expect(url ?? 'https:').toMatch(/^(?:https?|mailto|tel):/i);
          if (group !== null) expect([found.blocks[group]?.type, group < index]).toEqual(['group', true]);
        }
        for (const { title, reason } of [...found.skipped, ...found.changed])
          expect([title.length <= 256, reason.length > 10]).toEqual([true, true]);
      }),
      { numRuns: 150 },
    );
  });
});
