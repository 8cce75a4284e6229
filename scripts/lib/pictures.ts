import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { answerForeignRequest } from './sample-page.ts';

// Pictures of public pages, for scripts. The browser is Debian's Chromium, or that of the variable CHROMIUM.

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
export type Size = { width: number; height: number };
export type PictureOptions = { viewport: Size; colorScheme?: 'light' | 'dark' };
export const PHONE: Size = { width: 375, height: 812 };

async function startServer(port: number, settings: Record<string, string>): Promise<() => Promise<void>> {
  const env = { ...process.env, LOG_LEVEL: 'warn', ...settings, PORT: String(port) };
  const child = spawn(process.execPath, [fileURLToPath(new URL('../start.ts', import.meta.url))], { env });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (data: Buffer) => process.stderr.write(data));
    child.stdout.on('data', (data: Buffer) => data.includes('is running at') && resolve());
    void ended.then(() => reject(new Error('The server did not start')));
  });
  return async () => {
    child.kill('SIGTERM');
    await ended;
  };
}

/** Of uploaded files. Avatars and thumbnails need an https URL, so a browser is led from this host to the server. */
export const FILES = 'https://files.linkgrove.example';

/** Answers requests of a page to other hosts: uploaded files, drawings and players, all without the network. */
export async function routeForeignRequests(context: BrowserContext, server: string): Promise<void> {
  await context.route(
    ({ origin }) => origin !== server,
    async (route) => {
      const { origin, pathname } = new URL(route.request().url());
      if (origin !== FILES) return answerForeignRequest(route);
      const answer = await fetch(`${server}/files${pathname}`);
      return route.fulfill({
        contentType: answer.headers.get('content-type') ?? '',
        body: Buffer.from(await answer.arrayBuffer()),
      });
    },
  );
}

/** Throws if an image that can be seen has no size. */
export async function requireImages(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle');
  const empty = await page.evaluate<string[]>(
    `[...document.images].filter((image) => image.checkVisibility() && (!image.complete || image.naturalWidth === 0)).map((image) => image.src)`,
  );
  if (empty.length > 0) throw new Error(`Images without a size: ${empty.join(', ')}`);
}

/** Returns the lowest number of colours in the middle of any player in a picture of the page. */
async function countPlayerColors(page: Page, png: Buffer): Promise<number> {
  const players = await page.locator('iframe').all();
  const boxes = await Promise.all(players.map((player) => player.boundingBox()));
  const reader = await page.context().newPage();
  await reader.setContent(`<img src="data:image/png;base64,${png.toString('base64')}">`);
  const count = await reader.evaluate<number>(`document.images[0].decode().then(() => {
    const { naturalWidth, naturalHeight } = document.images[0];
    const canvas = new OffscreenCanvas(naturalWidth, naturalHeight).getContext('2d');
    canvas.drawImage(document.images[0], 0, 0);
    const counts = ${JSON.stringify(boxes)}.map(({ x, y, width, height }) => {
      const { data } = canvas.getImageData(x + width / 4, y + height / 4, width / 2, height / 2);
      return new Set(new Uint32Array(data.buffer)).size;
    });
    return Math.min(999, ...counts);
  })`);
  await reader.close();
  return count;
}

/** Makes the window as high as the page. Playwright's own pictures of whole pages resize it while they are taken. */
export async function showWholePage(page: Page, { width, height }: Size): Promise<void> {
  await page.setViewportSize({ width, height });
  for (let round = 0; round < 2; round++) {
    const whole = await page.evaluate<number>('document.documentElement.scrollHeight');
    await page.setViewportSize({ width, height: Math.max(height, whole) });
  }
}

/** What is fixed next to the page is as high as the window, which has to have its usual height then. */
export async function showFixedHero(page: Page, size: Size): Promise<void> {
  const isFixed = await page.evaluate<boolean>(
    `[...document.querySelectorAll('.hero')].some((hero) => getComputedStyle(hero).position === 'fixed')`,
  );
  if (isFixed) await page.setViewportSize(size);
}

const PAINT_TRIES = 50;

/** Takes a picture of a whole page, once everything on it is painted. Throws if that does not happen. */
export async function takePicture(browser: Browser, url: string, options: PictureOptions): Promise<Buffer> {
  const context = await browser.newContext(options);
  await routeForeignRequests(context, new URL(url).origin);
  const page = await context.newPage();
  await page.goto(url);
  await showWholePage(page, options.viewport);
  await requireImages(page);
  for (let tries = 0; tries < PAINT_TRIES; tries++) {
    const png = await page.screenshot();
    if ((await countPlayerColors(page, png)) > 2) {
      await context.close();
      return png;
    }
    await page.bringToFront();
    await sleep(200);
  }
  throw new Error(`A player of ${url} was not painted`);
}

/** Starts a server of its own, and a browser, for the time of `work`. */
export async function withBrowserAndServer(
  port: number,
  work: (browser: Browser, server: string) => Promise<void>,
  settings: Record<string, string> = {},
): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'linkgrove-pictures-'));
  const stopServer = await startServer(port, { ...settings, DATA_DIR: dataDir });
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu'],
  });
  try {
    await work(browser, `http://localhost:${port}`);
  } finally {
    await browser.close();
    await stopServer();
    await rm(dataDir, { recursive: true, force: true });
  }
}
