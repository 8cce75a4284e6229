import fc from 'fast-check';
import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import { BLOCK_TYPES } from '@linkgrove/api/testing';
import {
  createMp4,
  createPdf,
  createPicture,
  createWav,
  EXPORTED_PAGE,
  newHandle,
  NO_ID,
  uploadFile,
  usePerson,
  useTestServer,
} from './kit/index.ts';

const server = useTestServer();
const ada = usePerson(server);
let fileIds: Record<'image' | 'video' | 'audio' | 'file', string>;
const CSS = '.page h1 { letter-spacing: 0.1em }';
beforeAll(async () => {
  const upload = async (purpose: string, bytes: Uint8Array): Promise<string> =>
    (await uploadFile(server, ada, bytes, { purpose })).body.id;
  fileIds = {
    image: await upload('image', await createPicture(8, 8)),
    video: await upload('video', createMp4()),
    audio: await upload('audio', createWav()),
    file: await upload('file', createPdf()),
  };
  await sql`update workspaces set custom_css_allowed_at = now() where id = ${ada.user.id}`.execute(
    server.app.db,
  );
});

const newPage = async (who = ada): Promise<string> => {
  const page = await server.as(who, 'POST', '/api/pages', { handle: newHandle('import') });
  return page.body.id;
};
const exported = async (id: string, who = ada) =>
  (await server.as(who, 'GET', `/api/pages/${id}/export`)).body;
const preview = (content: unknown) =>
  server.as(ada, 'POST', '/api/page-imports/preview', {
    content: typeof content === 'string' ? content : JSON.stringify(content),
  });
const importInto = (pageId: string, file: unknown, who = ada) =>
  server.as(who, 'POST', '/api/page-imports', { pageId, content: JSON.stringify(file) });

describe('an exported page', () => {
  const text = (max: number) =>
    fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: max })
      .map((given) => `a${given.replace(/[\p{C}\p{Z}]/gu, ' ')}b`.normalize('NFC').slice(0, max))
      .filter((given) => given.isWellFormed());
  const line = text(40);
  const url = fc.webUrl({ withQueryParameters: true, withFragments: true, size: 'small' });
  const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
  const color = fc.integer({ min: 0, max: 0xff_ff_ff }).map((n) => `#${n.toString(16).padStart(6, '0')}`);
  const fileId = (purpose: keyof typeof fileIds) => fc.constant(purpose).map(() => fileIds[purpose]);
  /** Either an address, or a file, or none. */
  const picture = (urlMember: string, fileMember: string) =>
    fc
      .oneof(fc.tuple(maybe(url), fc.constant(null)), fc.tuple(fc.constant(null), fileId('image')))
      .map(([address, id]) => ({ [urlMember]: address, [fileMember]: id }));
  const source = fc.oneof(
    fc.record({ fileId: fc.constant(null), url }),
    fc.record({ fileId: fileId('image'), url: fc.constant(null) }),
  );
  const scrim = { scrim: fc.constantFrom('dark', 'light'), strength: fc.integer({ min: 55, max: 95 }) };
  const anyPageContent = fc.record({
    title: line,
    bio: maybe(fc.array(line, { minLength: 1, maxLength: 3 }).map((lines) => lines.join('\n'))),
    language: fc.constantFrom('en', 'pt-BR', 'he', 'zh-Hant'),
    theme: fc.record({
      preset: fc.constantFrom('default', 'paper', 'midnight', 'editorial', 'candy', 'neon'),
      font: maybe(fc.constantFrom('system', 'serif', 'mono', 'fraunces', 'space-grotesk')),
      colorScheme: fc.constantFrom('auto', 'light', 'dark'),
      colors: fc.record({
        text: maybe(color),
        accent: maybe(color),
        button: maybe(color),
        buttonText: maybe(color),
      }),
      background: maybe(
        fc.oneof(
          fc.record({ type: fc.constant('solid'), color }),
          fc.record({
            type: fc.constant('gradient'),
            from: color,
            to: color,
            angle: fc.integer({ min: 0, max: 359 }),
          }),
          fc.record({
            type: fc.constant('pattern'),
            pattern: fc.constantFrom('dots', 'grid', 'stripes', 'checks', 'waves', 'rays'),
            color,
            ink: color,
          }),
          fc.tuple(source, fc.record(scrim)).map((parts) => Object.assign({ type: 'picture' }, ...parts)),
          fc.record({
            type: fc.constant('video'),
            fileId: fileId('video'),
            posterFileId: fileId('image'),
            ...scrim,
          }),
        ),
      ),
      buttonShape: maybe(fc.constantFrom('square', 'rounded', 'pill')),
      buttonStyle: maybe(fc.constantFrom('filled', 'outline', 'soft', 'shadow', 'hard-shadow', 'line')),
      buttonHover: maybe(fc.constantFrom('none', 'lift', 'invert')),
      avatarShape: maybe(fc.constantFrom('circle', 'arch', 'none')),
      avatarSize: maybe(fc.constantFrom('small', 'large')),
      headerLayout: maybe(fc.constantFrom('classic', 'hero', 'banner')),
      entrance: maybe(fc.constantFrom('none', 'fade', 'rise', 'pop')),
      cover: maybe(source),
      customCss: maybe(fc.constant(CSS)),
    }),
    seo: fc.record({
      title: maybe(line),
      description: maybe(line),
      noindex: fc.boolean(),
      kind: maybe(fc.constantFrom('person', 'organization', 'localBusiness', 'restaurant')),
    }),
    madeWith: fc.boolean(),
  });
  const anyPage = fc
    .tuple(anyPageContent, picture('avatarUrl', 'avatarFileId'))
    .map((parts) => Object.assign({}, ...parts));
  const moment = fc
    .date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
    .map((date) => date.toISOString());
  const some = <T>(value: fc.Arbitrary<T>) => fc.array(value, { minLength: 1, maxLength: 3 });
  const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/St_Johns');
  const currency = fc.constantFrom('EUR', 'JPY', 'KWD');
  const price = fc.integer({ min: 1, max: 1_000_000 });
  const clock = fc.constantFrom('00:00', '09:30', '24:00');
  const withData = (
    type: string,
    data: Record<string, fc.Arbitrary<unknown>>,
    more: Record<string, fc.Arbitrary<unknown>> = {},
  ) => fc.record({ type: fc.constant(type), url: fc.constant(null), data: fc.record(data), ...more });
  const contents = [
    fc.record({ type: fc.constant('link'), url, data: fc.record({ description: maybe(line) }) }),
    fc.record({ type: fc.constant('heading'), url: fc.constant(null), title: line, data: fc.constant({}) }),
    fc.record({ type: fc.constant('text'), url: fc.constant(null), data: fc.record({ text: line }) }),
    fc.record({
      type: fc.constant('image'),
      url,
      data: fc.record({
        alt: maybe(line),
        link: maybe(url),
        decorative: fc.boolean(),
        fileId: fc.constant(null),
      }),
    }),
    withData('image', {
      alt: line,
      link: maybe(url),
      decorative: fc.boolean(),
      fileId: fileId('image'),
    }),
    withData('gallery', {
      items: some(
        fc.record({ fileId: fileId('image'), alt: line, decorative: fc.boolean(), caption: maybe(line) }),
      ),
    }),
    withData('video', { fileId: fileId('video'), posterFileId: maybe(fileId('image')) }, { title: line }),
    withData('audio', { fileId: fileId('audio'), description: maybe(line) }, { title: line }),
    withData('file', { fileId: fileId('file'), description: maybe(line) }),
    withData(
      'group',
      { layout: fc.constantFrom('list', 'grid'), collapsible: fc.boolean(), open: fc.boolean() },
      { title: line },
    ),
    withData(
      'form',
      {
        fields: fc
          .uniqueArray(fc.constantFrom('email', 'name', 'phone', 'message'), { minLength: 1 })
          .map((fields) => fields.map((field, index) => ({ field, required: index === 0 }))),
        description: maybe(line),
        consent: maybe(line),
        confirmEmail: fc.boolean(),
        button: maybe(line),
        thanks: maybe(line),
      },
      { title: line },
    ),
    fc.record({
      type: fc.constant('embed'),
      url: fc.constant('https://vimeo.com/76979871'),
      data: fc.constant({}),
    }),
    fc.record({
      type: fc.constant('social'),
      url: maybe(url),
      data: fc.record({
        profiles: fc.array(fc.record({ platform: fc.constantFrom('mastodon', 'bandcamp', 'website'), url }), {
          minLength: 1,
          maxLength: 4,
        }),
      }),
    }),
    fc.record({
      type: fc.constant('email'),
      url: fc.constant('mailto:a@example.com'),
      data: fc.constant({}),
    }),
    fc.record({ type: fc.constant('phone'), url: fc.constant('tel:+123456'), data: fc.constant({}) }),
    withData('divider', { style: fc.constantFrom('line', 'dots', 'space') }),
    withData('faq', { items: some(fc.record({ question: line, answer: line })) }),
    withData('map', {
      latitude: fc.integer({ min: -90, max: 90 }),
      longitude: fc.integer({ min: -180, max: 180 }),
      address: maybe(line),
      zoom: fc.integer({ min: 1, max: 19 }),
      service: fc.constantFrom('openstreetmap', 'google', 'apple'),
    }),
    withData('countdown', { until: moment, timezone: zone, after: maybe(line) }, { title: line }),
    withData(
      'product',
      {
        price,
        currency,
        priceBefore: fc.constant(null),
        description: maybe(line),
        soldOut: fc.boolean(),
      },
      { title: line, url },
    ),
    withData('menu', {
      currency,
      sections: some(
        fc.record({
          title: line,
          items: some(fc.record({ name: line, description: maybe(line), price: maybe(price) })),
        }),
      ),
      note: maybe(line),
    }),
    withData('hours', {
      timezone: zone,
      week: some(fc.record({ day: fc.constantFrom('monday', 'sunday'), opens: clock, closes: clock })),
      exceptions: fc
        .record({ periods: some(fc.record({ opens: clock, closes: clock })), note: maybe(line) })
        .map((exception) => [{ date: '2026-12-24', ...exception }]),
    }),
    withData(
      'music',
      {
        artist: maybe(line),
        services: some(fc.record({ service: fc.constantFrom('spotify', 'tidal', 'other'), url })),
      },
      { title: line },
    ),
    withData(
      'event',
      {
        beginsAt: moment,
        finishesAt: fc.constant(null),
        timezone: zone,
        place: maybe(line),
        description: maybe(line),
      },
      { title: line, url: maybe(url) },
    ),
    withData(
      'support',
      {
        message: maybe(line),
        currency,
        amounts: fc.array(price, { maxLength: 6 }),
        amountUrl: maybe(fc.constant('https://example.com/{amount}')),
      },
      { url },
    ),
    withData('referral', { message: maybe(line), code: fc.constant(null) }),
  ];
  const anyContent = fc.oneof(...contents);
  const schedule = fc
    .uniqueArray(moment, { minLength: 2, maxLength: 2 })
    .map((two) => two.toSorted())
    .chain(([startsAt, endsAt]) =>
      fc.constantFrom(
        { startsAt, endsAt, schedule: null },
        { startsAt: null, endsAt, schedule: null },
        { startsAt, endsAt: null, schedule: null },
        { startsAt: null, endsAt: null, schedule: null },
        {
          startsAt: '2026-07-01T10:00:00.000Z',
          endsAt: null,
          schedule: { timezone: 'Europe/Berlin', startsAt: '2026-07-01T12:00', endsAt: null },
        },
      ),
    );
  const shown = fc.record({
    group: fc.constant(null),
    title: maybe(line),
    enabled: fc.boolean(),
    pinned: fc.boolean(),
    gate: maybe(fc.constantFrom('sensitive', '18+', '21+', '25+')),
    targeting: maybe(
      fc.record({
        countries: fc.constant({ include: ['AT', 'DE'], exclude: [] }),
        languages: fc.record({ include: fc.constant([]), exclude: fc.subarray(['de', 'pt-BR']) }),
        devices: fc.record({ include: fc.subarray(['phone', 'tablet']), exclude: fc.constant(['desktop']) }),
      }),
    ),
    layout: maybe(
      fc.record({
        desktop: maybe(
          fc.tuple(fc.nat(1), fc.nat(999), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 12 })),
        ),
        mobile: maybe(
          fc.tuple(
            fc.constant(0),
            fc.nat(999),
            fc.integer({ min: 1, max: 2 }),
            fc.integer({ min: 1, max: 12 }),
          ),
        ),
      }),
    ),
  });
  const titleTest = fc.record({
    id: fc.uuid(),
    title: line,
    thumbnailUrl: maybe(url),
    share: fc.integer({ min: 1, max: 99 }),
  });
  const anyBlock = fc
    .tuple(maybe(titleTest), shown, schedule, picture('thumbnailUrl', 'thumbnailFileId'), anyContent)
    .map(([test, ...parts]): Record<string, unknown> => {
      const block: Record<string, unknown> = Object.assign({}, ...parts);
      return { ...block, titleTest: block['title'] === null ? null : test };
    });
  /** Some blocks are in the last group before them. */
  const anyBlocks = fc
    .tuple(fc.array(anyBlock, { maxLength: 8 }), fc.infiniteStream(fc.boolean()))
    .map(([blocks, choices]) =>
      blocks.map((block, index) => {
        const group = blocks.slice(0, index).findLastIndex(({ type }) => type === 'group');
        const isIn = choices.next().value && group >= 0 && block['type'] !== 'group';
        return isIn ? { ...block, group } : block;
      }),
    );
  const anyFile = fc.record({ page: anyPage, blocks: anyBlocks });

  it('is tried with blocks of every type', () => {
    const types = contents.flatMap((content) => fc.sample<{ type: string }>(content, 1));
    expect([...new Set(types.map(({ type }) => type))].toSorted()).toEqual(BLOCK_TYPES.toSorted());
  });

  it('imports as the same page, including order, schedules, layout and theme', async () => {
    const [first, second] = [await newPage(), await newPage()];
    await fc.assert(
      fc.asyncProperty(anyFile, async ({ page, blocks }) => {
        const given = { format: 'linkgrove.page', formatVersion: 1, page, blocks };
        expect(await importInto(first, given)).toMatchObject({ status: 200 });
        const one = await exported(first);
        const { handle, ...content } = one.page;
        expect(handle).toMatch(/^import-/);
        expect({ page: content, blocks: one.blocks }).toEqual({ page, blocks });

        expect(await importInto(second, one)).toMatchObject({ status: 200, body: { skipped: [] } });
        const two = await exported(second);
        expect([{ ...two.page, handle }, two.blocks]).toEqual([one.page, one.blocks]);
        expect((await preview(one)).body).toMatchObject({
          format: 'linkgrove',
          page: content,
          blocks: one.blocks,
          pictures: 0,
          changed: [],
          skipped: [],
        });
      }),
      { numRuns: 25 },
    );
  });

  it('lists its blocks in their order, and imports as a draft under another handle', async () => {
    const id = await newPage();
    const add = async (title: string) =>
      (await server.as(ada, 'POST', `/api/pages/${id}/blocks`, { type: 'heading', title })).body.id;
    const [a, , c] = [await add('A'), await add('B'), await add('C')];
    await server.as(ada, 'POST', `/api/blocks/${c}/move`, { after: a });
    await server.as(ada, 'PATCH', `/api/pages/${id}`, { title: 'Mine', published: true });
    const file = await exported(id);
    expect(file).toMatchObject({ format: 'linkgrove.page', formatVersion: 1, page: { title: 'Mine' } });
    expect(file.blocks.map((block: { title: string }) => block.title).join('')).toBe('ACB');
    const handle = newHandle('import');
    const made = await server.as(ada, 'POST', '/api/page-imports', { handle, content: JSON.stringify(file) });
    expect(made.body.page).toMatchObject({ handle, title: 'Mine', published: false, blockCount: 3 });
    expect((await exported(made.body.page.id)).blocks).toEqual(file.blocks);
  });
});

describe('an import', () => {
  const FILE = { ...EXPORTED_PAGE, blocks: [{ type: 'heading', title: 'H' }] };

  it('into a page moves the existing blocks to the trash, keeps handle and state, and changes no other page', async () => {
    const id = await newPage();
    const eve = await server.signUp();
    await server.as(ada, 'PATCH', `/api/pages/${id}`, { published: true, bio: 'Before' });
    await server.as(ada, 'PUT', `/api/pages/${id}/password`, { password: 'rehearsal-7' });
    const before = (
      await server.as(ada, 'POST', `/api/pages/${id}/blocks`, { type: 'heading', title: 'Before' })
    ).body;
    const { handle } = (await server.as(ada, 'GET', `/api/pages/${id}`)).body;
    expect((await importInto(id, FILE, eve)).status).toBe(404);
    const { body } = await importInto(id, FILE);
    const kept = { id, handle, published: true, locked: true };
    expect(body.page).toMatchObject({ ...kept, title: 'T', bio: null, blockCount: 1 });
    const trash = (await server.as(ada, 'GET', `/api/pages/${id}/blocks?deleted=true`)).body.items;
    expect(trash).toMatchObject([{ id: before.id }]);
    expect((await server.as(ada, 'POST', `/api/blocks/${before.id}/restore`)).status).toBe(200);
  });

  it.each([
    ['content', ''],
    ['content', 'hello'],
    ['content', '{"a":'],
    ['content', '[]'],
    ['content', 'null'],
    ['content', '{}'],
    ['content', '['.repeat(100_000)],
    ['content', '<html></html>'],
    ['content', '<script id="__NEXT_DATA__">{"a":1}'],
    ['content', '<script id="__NEXT_DATA__">{"props":{}}</script>'],
    ['content', `<html>${'<script '.repeat(100_000)}`],
    ['content', 'x'.repeat(1_000_001)],
    ['content.formatVersion', JSON.stringify({ ...FILE, formatVersion: 2 })],
    ['content.extra', JSON.stringify({ ...FILE, extra: 1 })],
    ['content.page', JSON.stringify({ ...FILE, page: null })],
    [
      'content.page.avatarUrl',
      JSON.stringify({ ...FILE, page: { ...FILE.page, avatarUrl: 'javascript:1' } }),
    ],
    [
      'content.blocks',
      JSON.stringify({ ...FILE, blocks: Array.from({ length: 201 }, () => FILE.blocks[0]) }),
    ],
    ['content.blocks.1.type', JSON.stringify({ ...FILE, blocks: [FILE.blocks[0], { type: 'script' }] })],
    [
      'content.blocks.1.url',
      JSON.stringify({ ...FILE, blocks: [FILE.blocks[0], { type: 'link', url: 'javascript:alert(1)' }] }),
    ],
    ['content.blocks.0.data.x', JSON.stringify({ ...FILE, blocks: [{ ...FILE.blocks[0], data: { x: 1 } }] })],
  ])('of an invalid file reports the path %s', async (path, content) => {
    const pageId = NO_ID;
    for (const [to, more] of [
      ['/preview', {}],
      ['', { pageId }],
    ] as const) {
      const { status, body } = await server.as(ada, 'POST', `/api/page-imports${to}`, { content, ...more });
      expect([status, body.errors?.[0].path]).toEqual([400, path]);
    }
  });

  it('needs either a page or a handle', async () => {
    const content = JSON.stringify(FILE);
    for (const more of [{}, { pageId: await newPage(), handle: newHandle('import') }])
      expect((await server.as(ada, 'POST', '/api/page-imports', { content, ...more })).status).toBe(400);
    const taken = await server.as(ada, 'POST', '/api/page-imports', { content, handle: ada.username });
    expect(taken.body.code).toBe('HANDLE_TAKEN');
  });

  it('that fails changes nothing', async () => {
    const before = (await server.as(ada, 'GET', '/api/pages?limit=100')).body.items;
    await server.as(ada, 'POST', '/api/page-imports', {
      content: JSON.stringify(FILE),
      handle: ada.username,
    });
    expect((await server.as(ada, 'GET', '/api/pages?limit=100')).body.items).toEqual(before);
  });
});

describe('a Linktree page', () => {
  const DATA = {
    props: {
      pageProps: {
        account: {
          id: 7,
          username: 'grace',
          pageTitle: '@grace',
          description: 'Admiral\nand more',
          profilePictureUrl: 'https://ugc.example.com/grace.jpg',
          isActive: true,
        },
        links: [
          {
            id: '3',
            type: 'CLASSIC',
            title: 'Third',
            url: 'https://example.com/3',
            position: 3,
            locked: false,
          },
          { id: '1', type: 'HEADER', title: 'Begin', url: null, position: 0 },
          {
            id: '2',
            type: 'CLASSIC',
            title: 'Second',
            url: 'https://example.com/2',
            position: 1,
            thumbnail: 'https://ugc.example.com/2.png',
          },
          { id: '10', type: 'GROUP', title: 'Music', position: 2 },
          {
            id: '12',
            type: 'SPOTIFY_SONG',
            title: 'Song',
            url: 'https://open.spotify.com/track/4cOdK2wGLETKBW3PvgPWqT',
            position: 1,
            parent: { id: 10 },
          },
          {
            id: '11',
            type: 'CLASSIC',
            title: 'Album',
            url: 'https://example.com/album',
            position: 0,
            parent: { id: 10 },
          },
          { id: '4', type: 'CLASSIC', title: 'Gated', url: null, position: 4, locked: true },
          { id: '5', type: 'CLASSIC', title: 'Evil', url: 'javascript:alert(1)', position: 5 },
          { id: '6', type: 'CLASSIC', title: 'Call', url: 'tel:+15551234', position: 6 },
          {
            id: '7',
            type: 'CLASSIC',
            title: 'Orphan',
            url: 'https://example.com/7',
            position: 7,
            parent: { id: 99 },
          },
        ],
        socialLinks: [
          { type: 'INSTAGRAM', url: 'https://instagram.com/grace' },
          { type: 'TWITTER', url: 'https://x.com/grace' },
          { type: 'SOMETHING_NEW', url: 'https://new.example.com/grace' },
          { type: 'EMAIL_ADDRESS', url: 'mailto:grace@example.com' },
          { type: 'BAD', url: 'javascript:1' },
        ],
      },
    },
  };
  const html = (data: unknown) =>
    `<!DOCTYPE html><html><head><script id="__NEXT_DATA__" type="application/json">${JSON.stringify(data)}</script></head><body></body></html>`;

  it('is read from HTML and JSON, with groups, and reports what it skips', async () => {
    const { status, body } = await preview(html(DATA));
    expect(status).toBe(200);
    expect(body).toMatchObject({
      format: 'linktree',
      page: {
        title: '@grace',
        bio: 'Admiral\nand more',
        avatarUrl: 'https://ugc.example.com/grace.jpg',
      },
    });
    expect(
      body.blocks.map((block: { type: string; title: string; url: string }) => [
        block.type,
        block.title ?? block.url,
      ]),
    ).toEqual([
      ['email', 'mailto:grace@example.com'],
      ['social', null],
      ['heading', 'Begin'],
      ['link', 'Second'],
      ['group', 'Music'],
      ['link', 'Album'],
      ['embed', 'Song'],
      ['link', 'Third'],
      ['phone', 'Call'],
      ['link', 'Orphan'],
    ]);
    expect(body.blocks[1].data.profiles).toEqual([
      { platform: 'instagram', url: 'https://instagram.com/grace' },
      { platform: 'x', url: 'https://x.com/grace' },
      { platform: 'website', url: 'https://new.example.com/grace' },
    ]);
    expect(body.blocks[3].thumbnailUrl).toBe('https://ugc.example.com/2.png');
    expect(body.skipped.map(({ title }: { title: string }) => title)).toEqual(['BAD', 'Gated', 'Evil']);
    for (const data of [DATA, DATA.props, DATA.props.pageProps])
      expect((await preview(data)).body).toEqual(body);
  });

  it('is imported as previewed and keeps the page’s theme', async () => {
    const id = await newPage();
    await server.as(ada, 'PATCH', `/api/pages/${id}`, { theme: { preset: 'mono' } });
    const { blocks, skipped } = (await preview(DATA)).body;
    const { body } = await importInto(id, DATA);
    expect(body).toMatchObject({ page: { title: '@grace', theme: { preset: 'mono' } }, skipped });
    expect((await exported(id)).blocks).toEqual(blocks);
  });

  it('is either refused or can be imported, whatever it contains', async () => {
    const id = await newPage();
    const odd = fc.oneof(
      fc.constantFrom(
        null,
        '',
        'x'.repeat(300),
        'a\u0000b',
        '\u202e',
        'https://example.com',
        'HEADER',
        'GROUP',
        3,
        {},
        [],
      ),
      fc.string({ unit: 'binary', maxLength: 20 }),
    );
    const link = fc.record(
      {
        id: odd,
        type: odd,
        title: odd,
        url: odd,
        position: odd,
        thumbnail: odd,
        parent: fc.oneof(odd, fc.record({ id: odd })),
      },
      { requiredKeys: [] },
    );
    const data = fc.record({
      account: fc.record({ username: odd, pageTitle: odd, description: odd, profilePictureUrl: odd }),
      links: fc.array(link, { maxLength: 6 }),
      socialLinks: fc.oneof(odd, fc.array(fc.record({ type: odd, url: odd }), { maxLength: 4 })),
    });
    await fc.assert(
      fc.asyncProperty(data, async (given) => {
        const { status, body } = await preview(given);
        expect([200, 400]).toContain(status);
        if (status !== 200) return;
        expect(body.blocks.length + body.skipped.length).toBeGreaterThanOrEqual(given.links.length);
        expect(await importInto(id, given)).toMatchObject({ status: 200, body: { skipped: body.skipped } });
        expect((await exported(id)).blocks).toEqual(body.blocks);
      }),
      { numRuns: 60 },
    );
  });

  it('loses no link, even when its parent IDs are odd', async () => {
    const url = 'https://example.com';
    const links = [
      { id: '', type: 'GROUP', title: 'Nameless' },
      { id: '1', title: 'In it', url, parent: { id: '' } },
      { id: '2', title: 'In itself', url, parent: { id: '2' } },
      { id: '3', title: 'In each', url, parent: { id: '4' } },
      { id: '4', title: 'In the other', url, parent: { id: '3' } },
      { id: null, title: 'In nothing', url, parent: { id: 0 } },
    ];
    const { body } = await preview({ account: {}, links });
    expect(body.blocks.map(({ title }: { title: string }) => title)).toEqual([
      'Nameless',
      'In it',
      'In itself',
      'In each',
      'In the other',
      'In nothing',
    ]);
  });

  it('with more than 200 links imports the first 200 and reports the rest as skipped', async () => {
    const links = Array.from({ length: 210 }, (_, index) => ({
      id: String(index),
      type: 'CLASSIC',
      title: `Link ${index}`,
      url: `https://example.com/${index}`,
      position: index,
    }));
    const { account } = DATA.props.pageProps;
    const { body } = await preview({ account, links });
    expect([body.blocks.length, body.skipped.length, body.skipped[0].title]).toEqual([200, 10, 'Link 200']);
  });

  it('keeps a gate that the file names as active', async () => {
    const gates = [
      [{ activeOrder: ['age'], age: { type: 'AGE_18' } }, '18+'],
      [{ activeOrder: ['age'], age: { minimumAge: 21 } }, '21+'],
      [{ activeOrder: ['age'], age: { birthdate: true, age: 25 } }, '25+'],
      [{ activeOrder: ['sensitive'], sensitive: {} }, 'sensitive'],
      [{ activeOrder: ['passcode'], passcode: { enabled: true } }, 'sensitive'],
      [{ activeOrder: ['age'], age: null }, '18+'],
      [{ activeOrder: [], age: { type: 'AGE_18' } }, null],
      [null, null],
      ['odd', null],
    ] as const;
    const links = gates.flatMap(([gate], index) => [
      { id: `a${index}`, title: 'x', url: 'https://example.com', rules: { gate } },
      { id: `b${index}`, title: 'x', url: 'https://example.com', gate },
    ]);
    const { status, body } = await preview({ account: {}, links });
    expect(status).toBe(200);
    expect(body.blocks.map(({ gate }: { gate: string | null }) => gate)).toEqual(
      gates.flatMap(([, gate]) => [gate, gate]),
    );
  });

  it('saved as a web archive is refused, saying what to save instead', async () => {
    const archives = [
      'From: <Saved by Blink>\r\nSnapshot-Content-Location: https://linktr.ee/ada\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n\ttype="text/html"\r\n\r\n<html>',
      'MIME-Version: 1.0\nContent-Type: multipart/related; boundary="x"\n\n--x\n',
      'bplist00\u0000\u0001WebMainResource',
    ];
    for (const content of archives) {
      const { status, body } = await preview(content);
      expect([status, body.errors[0].message]).toEqual([400, expect.stringMatching(/HTML only/)]);
    }
  });
});
