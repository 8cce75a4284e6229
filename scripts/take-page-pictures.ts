import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import type { PublicPage } from '../packages/sdk/src/index.ts';
import sharp from 'sharp';
import { BLOCK_SAMPLES } from './lib/example-pages/block-samples.ts';
import { createExamplePage } from './lib/example-pages/create.ts';
import { EXAMPLE_PAGES } from './lib/example-pages/index.ts';
import type { ExamplePage } from './lib/example-pages/types.ts';
import { createTokenReader } from './lib/mailed-tokens.ts';
import { installPackedSdk } from './lib/packed-sdk.ts';
import {
  FILES,
  PHONE,
  requireImages,
  routeForeignRequests,
  showFixedHero,
  showWholePage,
  type Size,
  withBrowserAndServer,
} from './lib/pictures.ts';

// Makes the example pages with the packed SDK on a server of its own, and takes the pictures of docs/pages and docs/blocks.
// Usage: npm run page-pictures [-- NAME…]; NAME is a page or `blocks`. The browser is Debian's Chromium, or that of the
// variable CHROMIUM. Arabic and Japanese need fonts, such as Debian's fonts-noto-core and fonts-noto-cjk.

const DOCS = fileURLToPath(new URL('../docs/', import.meta.url));
const PORT = 3973;
const SERVER = `http://localhost:${PORT}`;
const DESKTOP: Size = { width: 1_440, height: 900 };
const QUALITY = 62;

async function openPage(browser: Browser, handle: string, viewport: Size): Promise<Page> {
  const context = await browser.newContext({ viewport, colorScheme: 'light' });
  await routeForeignRequests(context, SERVER);
  const page = await context.newPage();
  await page.goto(`${SERVER}/@${handle}`);
  await showWholePage(page, viewport);
  await requireImages(page);
  await showFixedHero(page, viewport);
  return page;
}

async function writePicture(png: Buffer, file: string): Promise<void> {
  const { size } = await sharp(png).webp({ quality: QUALITY, effort: 6 }).toFile(join(DOCS, file));
  console.log(`docs/${file}, ${Math.round(size / 1_000)} kB`);
}

async function takePagePictures(browser: Browser, name: string, handle: string): Promise<void> {
  for (const size of [PHONE, DESKTOP]) {
    const page = await openPage(browser, handle, size);
    await writePicture(await page.screenshot(), `pages/${name}-${size.width}.webp`);
    await page.context().close();
  }
}

/** Each block alone. A social row is in the head of the page. */
async function takeBlockPictures(browser: Browser, { blocks, handle }: PublicPage): Promise<void> {
  const page = await openPage(browser, handle, PHONE);
  const listed = blocks.filter(({ parentId, type }) => parentId === null && type !== 'social');
  const places = listed.map(
    ({ type }, index) => [type, `main > .blocks > li:nth-child(${index + 1})`] as const,
  );
  for (const [type, place] of [['social', 'header .social'] as const, ...places])
    await writePicture(await page.locator(place).screenshot(), `blocks/${type}.webp`);
  await page.context().close();
}

async function takeAll(browser: Browser): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'linkgrove-sdk-'));
  try {
    await takeAllWith(browser, folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function takeAllWith(browser: Browser, folder: string): Promise<void> {
  const { createClient } = await installPackedSdk(folder);
  const create = (example: ExamplePage) =>
    createExamplePage(createClient({ url: SERVER }), example, createTokenReader(SERVER));
  const names = process.argv.slice(2);
  const isWanted = (name: string) => names.length === 0 || names.includes(name);
  for (const name of ['pages', 'blocks']) await mkdir(join(DOCS, name), { recursive: true });
  if (isWanted('blocks')) {
    const { handle } = await create(BLOCK_SAMPLES);
    const page = await createClient({ url: SERVER }).publicPages.get.query({ handle });
    await takeBlockPictures(browser, page);
  }
  for (const [name, example] of Object.entries(EXAMPLE_PAGES)) {
    if (!isWanted(name)) continue;
    const { handle } = await create(example);
    await takePagePictures(browser, name, handle);
  }
}

await withBrowserAndServer(PORT, takeAll, { FILES_URL: FILES, RATE_LIMIT_GLOBAL: '100000/1m' });
