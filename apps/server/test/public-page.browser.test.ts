import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { hasProgram } from '@linkgrove/api/testing';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type SignedUp, startTestServer, type TestServer } from './kit/index.ts';

// A browser on a busy machine takes its time.
vi.setConfig({ testTimeout: 120_000 });

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
// Debian's; .ci/run installs it.
const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const hasChromium = hasProgram(CHROMIUM, process.env);
const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'];
const PRESETS = ['default', 'paper', 'midnight', 'meadow', 'sunset', 'mono'];

let server: TestServer;
let browser: Browser;
let ada: SignedUp;
beforeAll(async () => {
  if (!hasChromium) return;
  server = await startTestServer();
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
  ada = await makeProfile();
});
afterAll(async () => {
  if (!hasChromium) return;
  await browser.close();
  await server.close();
});

/** Sends a request that must succeed; returns the body of the answer. */
const requestAs = async (who: SignedUp, method: string, path: string, body?: unknown) => {
  const answer = await server.as(who, method, path, body);
  if (answer.status >= 300) throw new Error(JSON.stringify(answer.body));
  return answer.body;
};
const pageOf = async (who: SignedUp): Promise<string> =>
  `/api/pages/${(await requestAs(who, 'GET', '/api/pages')).items[0].id}`;

/** Someone with a block of every type, in a list or in a grid. */
async function makeProfile(grid = false): Promise<SignedUp> {
  const who = await server.signUp();
  const page = await pageOf(who);
  await requestAs(who, 'PATCH', page, {
    published: true,
    title: 'Ada Lovelace',
    bio: 'Mathematician, poet of numbers.\nFirst to write a program.',
  });
  const at = (...[x = 0, y = 0, w = 1, h = 1]: number[]) =>
    grid ? { layout: { desktop: [x, y, w, h], mobile: [0, y * 2 + x, Math.min(w, 2), h] } } : {};
  const profiles = ['instagram', 'mastodon', 'github', 'website'].map((platform) => ({
    platform,
    url: `https://${platform}.example/ada`,
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
  ];
  for (const block of blocks) await requestAs(who, 'POST', `${page}/blocks`, block);
  return who;
}

type Seen = { page: Page; complaints: string[]; close: () => Promise<void> };
/** Opens a path in a browser of its own that reaches nobody but our server. */
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

type Violation = { id: string; nodes: { html: string; failureSummary: string }[] };
/** What axe finds wrong, over all of its rules. */
async function violationsIn(
  path: string,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<string[]> {
  // The page's own policy would keep axe out.
  const { page, close } = await open(path, { ...options, bypassCSP: true });
  await page.addScriptTag({ content: axe });
  const found = await page.evaluate<Violation[]>('axe.run({ iframes: false }).then((run) => run.violations)');
  await close();
  return found.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`));
}

describe.skipIf(!hasChromium)('axe finds nothing', () => {
  it.each(PRESETS)('in the theme %s, light and dark, on small and wide screens', async (preset) => {
    const grid = await makeProfile(true);
    for (const who of [ada, grid]) await requestAs(who, 'PATCH', await pageOf(who), { theme: { preset } });
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const [{ username }, width] of [
        [ada, 375],
        [grid, 1440],
      ] as const)
        expect(
          await violationsIn(`/@${username}`, { colorScheme, viewport: { width, height: 900 } }),
        ).toEqual([]);
    }
    await requestAs(ada, 'PATCH', await pageOf(ada), { theme: { preset: 'default' } });
  });

  it.each([
    ['filled', '#ffff00', '#ffffff'],
    ['outline', '#808080', '#7f7f7f'],
    ['soft', '#ff0000', '#0000ff'],
  ])('in colours that nobody could read, %s %s on %s, since text moves until it can be', async (...theme) => {
    const [buttonStyle, color, other] = theme;
    const who = await makeProfile();
    const colors = { text: color, accent: color, button: color, buttonText: color };
    const background = { type: 'gradient', from: color, to: other, angle: 90 };
    await requestAs(who, 'PATCH', await pageOf(who), { theme: { colors, background, buttonStyle } });
    expect(await violationsIn(`/@${who.username}`)).toEqual([]);
  });

  it('on the pages around it: nothing there, a gate, what was behind it, a link that is gone', async () => {
    const { blocks } = (await server.call('GET', `/api/public/pages/${ada.username}`)).body;
    const gated = blocks.find(({ gate }: { gate: string | null }) => gate);
    for (const path of ['/@nobody-at-all', `/go/${gated.id}`, '/go/x', `/@${ada.username}?preview=x`])
      expect([path, await violationsIn(path)]).toEqual([path, []]);
  });
});

describe.skipIf(!hasChromium)('in Chromium', () => {
  it('nothing is complained of, least of all by the policy', async () => {
    const { page, complaints, close } = await open(`/@${ada.username}`);
    await page.locator('iframe').scrollIntoViewIfNeeded();
    await page.waitForLoadState('networkidle');
    expect(complaints).toEqual([]);
    const style = await page.evaluate(`getComputedStyle(document.querySelector('.button')).display`);
    expect(style).toBe('flex');
    await close();
  });

  it('a page is whole without JavaScript', async () => {
    const { page, close } = await open(`/@${ada.username}`, { javaScriptEnabled: false });
    for (const text of ['Ada Lovelace', 'New essay', 'Listen and watch', 'Write to me', 'QR code'])
      expect(await page.getByText(text).first().isVisible()).toBe(true);
    await close();
  });

  it('the keyboard reaches every link, in the order in which they stand, and shows where it is', async () => {
    const { page, close } = await open(`/@${ada.username}`);
    const names: string[] = [];
    const links = await page.locator('a').count();
    for (let n = 0; n < links + 1; n++) {
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
      'website.example',
      'New essay',
      'PortfolioSince 1833',
      'read',
      'Cellar18+ only',
      'Write to me',
      'Call me',
      'QR code',
      'Save contact',
    ]);
    await close();
  });

  // Nothing answers elsewhere; that it is asked for is enough.
  it('a link leads on', async () => {
    const { page, close } = await open(`/@${ada.username}`);
    const leaving = page.waitForRequest(
      (request) => request.frame() === page.mainFrame() && request.redirectedFrom() !== null,
    );
    await page.getByRole('link', { name: 'New essay' }).click({ noWaitAfter: true });
    expect((await leaving).url()).toBe('https://example.com/essay');
    await close();
  });

  it('a gated link leads on after a question that the keyboard can answer', async () => {
    const { page, close } = await open(`/@${ada.username}`);
    await page.getByRole('link', { name: 'Cellar' }).press('Enter');
    expect(await page.getByRole('heading').textContent()).toBe('Are you 18 or older?');
    await page.getByRole('link', { name: 'Back to the page' }).click();
    expect(page.url()).toBe(`${server.url}/@${ada.username}`);
    await page.getByRole('link', { name: 'Cellar' }).press('Enter');
    const passing = page.waitForRequest('https://example.com/18');
    await page.getByRole('link', { name: 'I am 18 or older' }).press('Enter', { noWaitAfter: true });
    await passing;
    await close();
  });

  it.each([320, 375, 768, 1440])(
    'nothing is wider than a screen of %i pixels, or too small to touch',
    async (width) => {
      const grid = await makeProfile(true);
      for (const { username } of [ada, grid]) {
        const { page, close } = await open(`/@${username}`, { viewport: { width, height: 900 } });
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
        const boxes = await page
          .locator('.button, .social a, footer a')
          .evaluateAll((elements) =>
            elements.map(
              (element) => element.getBoundingClientRect().toJSON() as { width: number; height: number },
            ),
          );
        for (const box of boxes) expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(44);
        await close();
      }
    },
  );

  it('a page is dark where the visitor wants that, and has no ground at all on paper', async () => {
    const ground = async (options: object, media?: 'print') => {
      const { page, close } = await open(`/@${ada.username}`, options);
      if (media) await page.emulateMedia({ media });
      const color = await page.evaluate('getComputedStyle(document.body).backgroundColor');
      await close();
      return color;
    };
    expect(await ground({ colorScheme: 'light' })).toBe('rgb(245, 244, 239)');
    expect(await ground({ colorScheme: 'dark' })).toBe('rgb(16, 20, 18)');
    expect(await ground({ colorScheme: 'dark' }, 'print')).toBe('rgb(255, 255, 255)');
  });

  it('what an owner types runs nowhere', async () => {
    const who = await server.signUp();
    const page = await pageOf(who);
    const attack = `"><img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;
    await requestAs(who, 'PATCH', page, {
      published: true,
      title: attack.slice(0, 128),
      bio: attack,
      seo: { title: attack },
    });
    await requestAs(who, 'POST', `${page}/blocks`, {
      type: 'text',
      title: attack.slice(0, 128),
      data: { text: attack },
    });
    await requestAs(who, 'POST', `${page}/blocks`, {
      type: 'link',
      title: attack.slice(0, 128),
      url: 'https://example.com/"><script>',
    });
    const seen = await open(`/@${who.username}`);
    await seen.page.waitForLoadState('networkidle');
    expect(await seen.page.title()).toBe(attack);
    expect(seen.complaints).toEqual([]);
    expect(await seen.page.locator('img, script:not([type="application/ld+json"])').count()).toBe(0);
    await seen.close();
  });
});
