import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { hasProgram } from '@linkgrove/api/testing';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  createMp4,
  createPdf,
  createPicture,
  createWav,
  type SignedUp,
  startTestServer,
  type TestServer,
  uploadFile,
} from './kit/index.ts';

// A browser is slow on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
// The path of Debian, where .ci/run installs it.
const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const hasChromium = hasProgram(CHROMIUM, process.env);
// Without a process of its own for each player.
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-site-isolation-trials',
  '--disable-features=IsolateOrigins,site-per-process',
];
const openapi = JSON.parse(readFileSync(new URL('../../../openapi.json', import.meta.url), 'utf8'));
const PRESETS: string[] = openapi.components.schemas.ThemePreset.enum;

let server: TestServer;
let browser: Browser;
let ada: SignedUp;
let grid: SignedUp;
beforeAll(async () => {
  if (!hasChromium) return;
  server = await startTestServer();
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
  [ada, grid] = await Promise.all([makeProfile(), makeProfile(true)]);
});
afterAll(async () => {
  if (!hasChromium) return;
  await browser.close();
  await server.close();
});

const pageOf = async (who: SignedUp): Promise<string> =>
  `/api/pages/${(await server.ask(who, 'GET', '/api/pages')).items[0].id}`;

const { examples } = openapi.paths['/api/pages/{id}/blocks'].post.requestBody.content['application/json'];
const LISTED = new Set(['link', 'heading', 'text', 'image', 'embed', 'social', 'email', 'phone']);
const OF_FILES = new Set(['gallery', 'video', 'audio', 'file']);
/** The examples of the API reference, of the types that are not in `makeProfile` itself and need no uploaded file. */
const NEW_BLOCKS = Object.values<{ value: { type: string } }>(examples)
  .map(({ value }) => value)
  .filter(({ type }) => !LISTED.has(type) && !OF_FILES.has(type));

const addBlocks = (who: SignedUp, page: string, blocks: object[]) =>
  server.ask(who, 'POST', `${page}/blocks/edit`, {
    operations: blocks.map((block) => ({ op: 'create', ...block })),
  });

/** A user with a block of every type that needs no file, in a list or in a grid. */
async function makeProfile(inGrid = false): Promise<SignedUp> {
  const who = await server.signUp();
  const page = await pageOf(who);
  await server.ask(who, 'PATCH', page, {
    published: true,
    title: 'Ada Lovelace',
    bio: 'Mathematician, poet of numbers.\nFirst to write a program.',
    madeWith: true,
  });
  const at = (...[x = 0, y = 0, w = 1, h = 1]: number[]) =>
    inGrid ? { layout: { desktop: [x, y, w, h], mobile: [0, y * 2 + x, Math.min(w, 2), h] } } : {};
  const profiles = ['instagram', 'mastodon', 'github', 'website'].map((platform) => ({
    platform,
    url: `https://${platform}.com/ada`,
  }));
  const blocks = [
    { type: 'social', data: { profiles } },
    { type: 'link', title: 'New essay', url: 'https://example.com/essay', pinned: true, ...at(0, 0, 2, 2) },
    {
      type: 'link',
      title: 'Portfolio',
      url: 'https://example.com/',
      data: { description: 'Since 1833' },
      ...at(2, 0, 2),
    },
    { type: 'heading', title: 'Listen and watch' },
    {
      type: 'text',
      title: 'About',
      data: { text: 'I *write* about **engines**: [read](https://example.com).' },
    },
    { type: 'link', title: 'Cellar', url: 'https://example.com/18', gate: '18+', ...at(2, 1, 2) },
    { type: 'image', title: 'A lake', url: `${server.url}/assets/icon.svg`, data: { alt: 'A lake at dusk' } },
    { type: 'embed', title: 'A talk', url: 'https://vimeo.com/76979871' },
    { type: 'email', title: 'Write to me', url: 'mailto:ada@example.com' },
    { type: 'phone', title: 'Call me', url: 'tel:+441234567' },
    ...NEW_BLOCKS,
  ];
  await addBlocks(who, page, blocks);
  return who;
}

type Seen = { page: Page; complaints: string[]; close: () => Promise<void> };
/** Opens a path in a fresh browser context that can reach only our server. */
async function open(path: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<Seen> {
  const context = await browser.newContext({ viewport: { width: 375, height: 800 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.route(
    ({ origin }) => origin !== server.url,
    (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>Elsewhere</title>' }),
  );
  await page.goto(`${server.url}${path}`);
  return { page, complaints, close: () => context.close() };
}

/** The rules whose result depends on colours. */
const COLOR_RULES = ['color-contrast', 'link-in-text-block'];
type Violation = { id: string; nodes: { html: string; failureSummary: string }[] };
/** The violations that axe reports, with all of its rules on, or with some. */
async function findViolations(page: Page, rules?: string[]): Promise<string[]> {
  await page.addScriptTag({ content: axe });
  const options = { iframes: false, resultTypes: ['violations'], ...(rules && { runOnly: rules }) };
  const found = await page.evaluate<Violation[]>(
    `axe.run(${JSON.stringify(options)}).then((run) => run.violations)`,
  );
  return found.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`));
}
async function violationsIn(path: string): Promise<string[]> {
  // The page's own policy would block axe.
  const { page, close } = await open(path, { bypassCSP: true });
  const found = await findViolations(page);
  await close();
  return found;
}

describe.skipIf(!hasChromium)('axe reports no violation', () => {
  it.each(PRESETS)('in the theme %s, light and dark, on small and wide screens', async (preset) => {
    for (const [who, width] of [
      [ada, 375],
      [grid, 1440],
    ] as const) {
      await server.ask(who, 'PATCH', await pageOf(who), { theme: { preset } });
      const viewport = { width, height: 900 };
      const { page, close } = await open(`/@${who.username}`, { viewport, bypassCSP: true });
      expect(await findViolations(page)).toEqual([]);
      await page.emulateMedia({ colorScheme: 'dark' });
      expect(await findViolations(page, COLOR_RULES)).toEqual([]);
      await close();
      await server.ask(who, 'PATCH', await pageOf(who), { theme: { preset: 'default' } });
    }
  });

  it('in unreadable colours, because text moves to a readable one', async () => {
    const who = await makeProfile();
    for (const [buttonStyle, color, other] of [
      ['filled', '#ffff00', '#ffffff'],
      ['outline', '#808080', '#7f7f7f'],
      ['soft', '#ff0000', '#0000ff'],
    ]) {
      const colors = { text: color, accent: color, button: color, buttonText: color };
      const background = { type: 'gradient', from: color, to: other, angle: 90 };
      await server.ask(who, 'PATCH', await pageOf(who), { theme: { colors, background, buttonStyle } });
      expect([buttonStyle, await violationsIn(`/@${who.username}`)]).toEqual([buttonStyle, []]);
    }
  });

  it('on blocks that show files, and on the large picture of a gallery', async () => {
    const who = await server.signUp();
    const page = await pageOf(who);
    const upload = async (purpose: string, bytes: Uint8Array) =>
      (await uploadFile(server, who, bytes, { purpose })).body.id as string;
    const fileId = await upload('image', await createPicture(90, 60));
    const items = [
      { fileId, alt: 'A plane', caption: 'Above the lake' },
      { fileId, alt: 'The same' },
    ];
    await addBlocks(who, page, [
      { type: 'gallery', title: 'Pictures', data: { items } },
      { type: 'video', title: 'A film', data: { fileId: await upload('video', createMp4()) } },
      { type: 'audio', title: 'A song', data: { fileId: await upload('audio', createWav()) } },
      { type: 'file', title: 'The menu', data: { fileId: await upload('file', createPdf()) } },
      { type: 'image', data: { fileId, alt: 'A plane' } },
    ]);
    await server.ask(who, 'PATCH', page, { published: true });
    expect(await violationsIn(`/@${who.username}`)).toEqual([]);
    const { blocks } = (await server.call('GET', `/api/public/pages/${who.username}`)).body;
    const { page: opened, close } = await open(`/@${who.username}#g-${blocks[0].id}-0`, { bypassCSP: true });
    expect(await opened.getByRole('dialog').isVisible()).toBe(true);
    expect(await findViolations(opened)).toEqual([]);
    await close();
  });

  it('on the surrounding pages: page not found, gate, gated content, dead link', async () => {
    const { blocks } = (await server.call('GET', `/api/public/pages/${ada.username}`)).body;
    const gated = blocks.find(({ gate }: { gate: string | null }) => gate);
    for (const path of ['/@nobody-at-all', `/go/${gated.id}`, '/go/x', `/@${ada.username}?preview=x`])
      expect([path, await violationsIn(path)]).toEqual([path, []]);
  });
});

describe.skipIf(!hasChromium)('in Chromium', () => {
  it('a page logs no error or policy violation', async () => {
    const { page, complaints, close } = await open(`/@${ada.username}`);
    await page.locator('iframe').scrollIntoViewIfNeeded();
    await page.waitForLoadState('networkidle');
    expect(complaints).toEqual([]);
    const style = await page.evaluate(`getComputedStyle(document.querySelector('.button')).display`);
    expect(style).toBe('flex');
    await close();
  });

  it('a page is complete without JavaScript', async () => {
    const { page, close } = await open(`/@${ada.username}`, { javaScriptEnabled: false });
    for (const text of ['Ada Lovelace', 'New essay', 'Listen and watch', 'Write to me', 'Share', 'QR code'])
      expect(await page.getByText(text).first().isVisible()).toBe(true);
    await close();
  });

  it('the keyboard reaches every link in order and shows the focus', async () => {
    const { page, close } = await open(`/@${ada.username}`);
    const names: string[] = [];
    const links = await page.locator('a').count();
    // Fields and folded answers are between them.
    for (let n = 0; n < links * 3 && names.length < links; n++) {
      await page.keyboard.press('Tab');
      const focus = await page.evaluate<{ tag: string; name: string; outline: string }>(`(() => {
        const { activeElement: element } = document;
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        return { tag: element.tagName, name: element.getAttribute('aria-label') ?? element.textContent, outline: outlineStyle + ' ' + outlineWidth };
      })()`);
      if (focus.tag !== 'A') continue;
      names.push(focus.name);
      expect([focus.name, focus.outline]).toEqual([focus.name, 'solid 3px']);
    }
    expect(names).toEqual([
      'Instagram',
      'Mastodon',
      'GitHub',
      'website.com',
      'New essay',
      'PortfolioSince 1833',
      'read',
      'Cellar18+ only',
      'Open on Vimeo',
      'Write to me',
      'Call me',
      'Science MuseumExhibition Road, LondonOpen the map',
      'Sketch of the engineA signed print£25 £30',
      'Bandcamp',
      'Details',
      'Add to calendar',
      '£3',
      '£5',
      'Any amount',
      'Create your own page',
      'Share',
      'QR code',
      'Save contact',
      'Report',
      'Made with Linkgrove',
    ]);
    await close();
  });

  // Requests elsewhere get a stub; the request itself is enough.
  it('a link leads to its target', async () => {
    const { page, close } = await open(`/@${ada.username}`);
    const leaving = page.waitForRequest(
      (request) => request.frame() === page.mainFrame() && request.redirectedFrom() !== null,
    );
    await page.getByRole('link', { name: 'New essay' }).click({ noWaitAfter: true });
    expect((await leaving).url()).toBe('https://example.com/essay');
    await close();
  });

  it('a gated link leads to its target after a question that the keyboard can answer', async () => {
    const { page, close } = await open(`/@${ada.username}`);
    await page.getByRole('link', { name: 'Cellar' }).press('Enter');
    expect(await page.getByRole('heading').textContent()).toBe('Are you 18 or older?');
    await page.getByRole('link', { name: 'Back to the page' }).click();
    expect(page.url()).toBe(`${server.url}/@${ada.username}`);
    await page.getByRole('link', { name: 'Cellar' }).press('Enter');
    const passing = page.waitForRequest('https://example.com/18');
    await page.getByRole('link', { name: 'I’m 18 or older' }).press('Enter', { noWaitAfter: true });
    await passing;
    await close();
  });

  it('nothing is wider than a screen of 320 to 1440 pixels, or too small to touch', async () => {
    for (const { username } of [ada, grid]) {
      const { page, close } = await open(`/@${username}`);
      for (const width of [320, 375, 768, 1440]) {
        await page.setViewportSize({ width, height: 900 });
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
        const boxes = await page
          .locator('.button, .social a, footer a')
          .evaluateAll((elements) =>
            elements.map(
              (element) => element.getBoundingClientRect().toJSON() as { width: number; height: number },
            ),
          );
        for (const box of boxes) expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(44);
      }
      await close();
    }
  });

  it('no word and no address makes a page scroll sideways, however long', async () => {
    const who = await makeProfile();
    const page = await pageOf(who);
    const [word, path] = ['Donaudampfschifffahrt'.repeat(4).slice(0, 80), 'a-long-way/'.repeat(60)];
    await server.ask(who, 'PATCH', page, { title: word, bio: word });
    await addBlocks(who, page, [
      { type: 'link', title: word, url: 'https://example.com/', data: { description: word } },
      { type: 'heading', title: word },
      { type: 'text', title: word, data: { text: `${word} https://example.com/${path}` } },
      { type: 'product', title: word, url: 'https://example.com/', data: { price: 1, currency: 'EUR' } },
      {
        type: 'event',
        title: word,
        data: { beginsAt: '2030-01-01T00:00:00Z', timezone: 'UTC', place: word },
      },
      { type: 'referral', title: word, data: { message: word } },
      { type: 'group', title: word, data: { layout: 'grid' } },
    ]);
    const seen = await open(`/@${who.username}`);
    for (const width of [320, 375]) {
      await seen.page.setViewportSize({ width, height: 900 });
      expect(await seen.page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    }
    await seen.close();
  });

  it('a picture in a grid fills its place from the start, so that nothing moves when it is there', async () => {
    const who = await server.signUp();
    const page = await pageOf(who);
    await server.ask(who, 'PATCH', page, { published: true });
    await addBlocks(who, page, [
      {
        type: 'image',
        url: `${server.url}/assets/icon.svg`,
        data: { alt: 'An icon' },
        layout: { desktop: [0, 0, 2, 3], mobile: [0, 0, 2, 2] },
      },
      {
        type: 'link',
        title: 'Below',
        url: 'https://example.com/',
        layout: { desktop: [0, 3, 2, 1], mobile: [0, 2, 2, 1] },
      },
    ]);
    for (const width of [375, 1440]) {
      const seen = await open(`/@${who.username}`, { viewport: { width, height: 900 } });
      await seen.page.waitForLoadState('networkidle');
      const [place, picture] = await seen.page
        .locator('li:has(> figure.fill-m), figure.fill-m img')
        .evaluateAll((elements) => elements.map((one) => one.getBoundingClientRect().toJSON() as object));
      expect([width, picture]).toEqual([width, place]);
      const shift = await seen.page.evaluate<number>(`new Promise((resolve) => {
        let sum = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) sum += entry.value;
        }).observe({ type: 'layout-shift', buffered: true });
        requestAnimationFrame(() => requestAnimationFrame(() => resolve(sum)));
      })`);
      expect([width, shift]).toEqual([width, 0]);
      await seen.close();
    }
  });

  it('a page is dark if the visitor prefers that, and has no background in print', async () => {
    const { page, close } = await open(`/@${ada.username}`);
    const ground = async (options: Parameters<Page['emulateMedia']>[0]) => {
      await page.emulateMedia(options);
      return page.evaluate('getComputedStyle(document.body).backgroundColor');
    };
    expect(await ground({ colorScheme: 'light' })).toBe('rgb(245, 244, 239)');
    expect(await ground({ colorScheme: 'dark' })).toBe('rgb(16, 20, 18)');
    expect(await ground({ colorScheme: 'dark', media: 'print' })).toBe('rgb(255, 255, 255)');
    await close();
  });

  it('labels are on one axis, with or without a picture, and a pinned link has no ring', async () => {
    const who = await makeProfile();
    const page = await pageOf(who);
    await server.ask(who, 'POST', `${page}/blocks`, {
      type: 'link',
      title: 'With a picture',
      url: 'https://example.com/p',
      thumbnailUrl: `${server.url}/assets/icon.svg`,
    });
    const seen = await open(`/@${who.username}`);
    const labels = await seen.page.locator('.button > :is(span, bdi)').evaluateAll((spans) =>
      spans.map((span) => {
        const { left, right } = span.getBoundingClientRect();
        return (left + right) / 2;
      }),
    );
    const icons = await seen.page
      .locator('.button > svg, .button > img')
      .evaluateAll((pictures) => pictures.map((picture) => picture.getBoundingClientRect().left));
    for (const places of [labels, icons]) {
      expect(places.length).toBeGreaterThan(3);
      expect(Math.max(...places) - Math.min(...places)).toBeLessThan(1);
    }
    const shadows = await seen.page.evaluate<string[]>(
      `[...document.querySelectorAll('.button')].map((button) => getComputedStyle(button).boxShadow)`,
    );
    expect(new Set(shadows).size).toBe(1);
    await seen.close();
  });

  it('a page in a right-to-left language is mirrored, and each text has its own direction', async () => {
    const who = await makeProfile();
    const page = await pageOf(who);
    await server.ask(who, 'PATCH', page, { language: 'ar', title: 'مرحبا!', bio: 'Hello!' });
    await server.ask(who, 'POST', `${page}/blocks`, { type: 'text', data: { text: '- واحد\n- اثنان' } });
    const seen = await open(`/@${who.username}`);
    const directionOf = (selector: string) =>
      seen.page.evaluate(`getComputedStyle([...document.querySelectorAll('${selector}')].at(-1)).direction`);
    expect([
      await directionOf('html'),
      await directionOf('h1'),
      await directionOf('.bio'),
      await directionOf('.text ul'),
    ]).toEqual(['rtl', 'rtl', 'ltr', 'rtl']);
    expect(await seen.page.evaluate('document.documentElement.scrollWidth')).toBe(375);
    const [icon, label] = await seen.page
      .locator('.button', { hasText: 'Write to me' })
      .locator('svg, bdi')
      .evaluateAll((parts) => parts.map((part) => part.getBoundingClientRect().left));
    expect(icon).toBeGreaterThan(label ?? 0);
    await seen.close();
    expect(await violationsIn(`/@${who.username}`)).toEqual([]);
    expect(await violationsIn(`/@${who.username}/share`)).toEqual([]);
  });

  it('pictures that cannot be loaded leave their alternative text, and players a link', async () => {
    const who = await makeProfile();
    const page = await pageOf(who);
    await server.ask(who, 'PATCH', page, { avatarUrl: 'https://broken.example/a.png' });
    const image = { type: 'image', url: 'https://broken.example/i.png', data: { alt: 'A lake' } };
    await server.ask(who, 'POST', `${page}/blocks`, image);
    const seen = await open(`/@${who.username}`);
    const broken = seen.page.locator('figure img').last();
    await broken.scrollIntoViewIfNeeded();
    await seen.page.waitForLoadState('networkidle');
    const contents = await seen.page.evaluate<string[]>(
      `[...document.querySelectorAll('.face, figure img')].map((image) => getComputedStyle(image, '::after').content)`,
    );
    expect([contents.at(0), contents.at(-1)]).toEqual(['"A"', '"A lake"']);
    expect((await broken.boundingBox())?.height).toBeGreaterThan(100);
    const link = seen.page.getByRole('link', { name: 'Open on Vimeo' });
    expect(await link.getAttribute('href')).toMatch(/^\/go\//);
    await seen.close();
  });

  it('no text from an owner runs as code', async () => {
    const who = await server.signUp();
    const page = await pageOf(who);
    const attack = `"><img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;
    await server.ask(who, 'PATCH', page, {
      published: true,
      title: attack.slice(0, 128),
      bio: attack,
      seo: { title: attack },
    });
    const title = attack.slice(0, 128);
    await addBlocks(who, page, [
      { type: 'text', title, data: { text: attack } },
      { type: 'link', title, url: 'https://example.com/"><script>' },
    ]);
    const seen = await open(`/@${who.username}`);
    await seen.page.waitForLoadState('networkidle');
    expect(await seen.page.title()).toBe(attack);
    expect(seen.complaints).toEqual([]);
    expect(await seen.page.locator('img, script:not([type="application/ld+json"])').count()).toBe(0);
    await seen.close();
  });
});
