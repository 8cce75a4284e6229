import { mkdir } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { DEFAULT_THEME } from '@linkgrove/api';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { createClient, type LinkgroveClient } from '../packages/sdk/src/index.ts';
import { BLOCK_SAMPLES } from './lib/example-pages/block-samples.ts';
import { createExamplePage } from './lib/example-pages/create.ts';
import { EXAMPLE_PAGES } from './lib/example-pages/index.ts';
import { HARD_PAGES } from './lib/hard-pages.ts';
import { createTokenReader } from './lib/mailed-tokens.ts';
import { writeSheet } from './lib/picture-sheets.ts';
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
import { listPresets } from './lib/sample-page.ts';

// Takes pictures of every preset on realistic pages, to be looked at by a person, and prints what the pages weigh.
// Usage: npm run looks -- [--presets a,b] [--pages a,b] [--all] [--theme '{"entrance":"fade"}'] [--folder .looks]
// Without `--pages` and `--all`, each preset is on a few pages, and each page in a few presets.

const PORT = 3972;
const SERVER = `http://localhost:${PORT}`;
const SIZES: Size[] = [PHONE, { width: 768, height: 1024 }, { width: 1440, height: 900 }];
const SCHEMES = ['light', 'dark'] as const;
const PAGES_OF_A_PRESET = 3;
const SHEET_PICTURE_WIDTH = 480;

const { values } = parseArgs({
  options: {
    presets: { type: 'string' },
    pages: { type: 'string' },
    all: { type: 'boolean', default: false },
    theme: { type: 'string', default: '{}' },
    folder: { type: 'string', default: '.looks' },
  },
});
type Preset = (typeof DEFAULT_THEME)['preset'];
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- those of the API
const allPresets = listPresets() as Preset[];
const presets = allPresets.filter((preset) => values.presets?.split(',').includes(preset) ?? true);
const examples = Object.entries({ ...EXAMPLE_PAGES, blocks: BLOCK_SAMPLES, ...HARD_PAGES }).filter(
  ([name]) => values.pages?.split(',').includes(name) ?? true,
);
const theme: object = JSON.parse(values.theme);
const folder = pathToFileURL(`${values.folder}/`);

type Shown = { name: string; id: string; handle: string; client: LinkgroveClient };

async function createPages(): Promise<Shown[]> {
  const shown: Shown[] = [];
  for (const [name, example] of examples) {
    const client = createClient({ url: SERVER });
    shown.push({ name, client, ...(await createExamplePage(client, example, createTokenReader(SERVER))) });
  }
  return shown;
}

/** The next ones for each preset, from the first again after the last. */
function pickPages(pages: Shown[], preset: Preset): Shown[] {
  if (values.all || values.pages !== undefined) return pages;
  const first = allPresets.indexOf(preset) * PAGES_OF_A_PRESET;
  return Array.from(
    { length: PAGES_OF_A_PRESET },
    (_, index) => pages[(first + index) % pages.length],
  ).filter((page) => page !== undefined);
}

async function printWeight(preset: Preset, { name, handle }: Shown): Promise<void> {
  const html = await (await fetch(`${SERVER}/@${handle}`)).text();
  const [font] = /\/assets\/fonts\/[\w.-]+/.exec(html) ?? [];
  const fontBytes = font === undefined ? 0 : (await (await fetch(SERVER + font)).arrayBuffer()).byteLength;
  // What a page weighs that its owner gave no pictures.
  const plain = html.replaceAll(/<picture>.*?<\/picture>|<img [^>]*>/gs, '');
  const toKilobytes = (bytes: number): string => `${(bytes / 1_000).toFixed(1)} kB`;
  console.log(
    `${preset} on ${name}: ${toKilobytes(Buffer.byteLength(html))} of HTML, ${toKilobytes(Buffer.byteLength(plain))} without pictures, ${toKilobytes(fontBytes)} of font`,
  );
}

/** A preset with one scheme looks the same in both, and is shown once. */
async function takeSchemes(page: Page, size: Size): Promise<Buffer[]> {
  await page.emulateMedia({ colorScheme: 'light' });
  await showWholePage(page, size);
  await requireImages(page);
  await showFixedHero(page, size);
  const pictures: Buffer[] = [];
  for (const colorScheme of SCHEMES) {
    await page.emulateMedia({ colorScheme });
    pictures.push(await page.screenshot());
  }
  const [light, dark] = pictures;
  return light && dark?.equals(light) ? [light] : pictures;
}

async function lookAt(page: Page, preset: Preset, shown: Shown[]): Promise<void> {
  const pictures = new Map<Size, Buffer[]>(SIZES.map((size) => [size, []]));
  await mkdir(new URL(`${preset}/`, folder), { recursive: true });
  for (const { name, id, handle, client } of shown) {
    await client.pages.update.mutate({
      id,
      theme: { ...DEFAULT_THEME, ...theme, preset },
    });
    await page.goto(`${SERVER}/@${handle}`);
    for (const [size, taken] of pictures) {
      const schemes = await takeSchemes(page, size);
      taken.push(...schemes);
      for (const [index, png] of schemes.entries())
        await sharp(png).toFile(
          fileURLToPath(new URL(`${preset}/${name}-${size.width}-${SCHEMES[index]}.png`, folder)),
        );
    }
  }
  for (const [{ width }, taken] of pictures)
    await writeSheet(new URL(`${preset}-${width}.webp`, folder), taken, {
      width: Math.min(width, SHEET_PICTURE_WIDTH),
      columns: Math.min(taken.length, 6),
    });
}

async function lookAtAll(browser: Browser): Promise<void> {
  const pages = await createPages();
  const context = await browser.newContext();
  await routeForeignRequests(context, SERVER);
  const page = await context.newPage();
  for (const preset of presets) {
    const shown = pickPages(pages, preset);
    await lookAt(page, preset, shown);
    for (const one of shown) await printWeight(preset, one);
  }
}

await withBrowserAndServer(PORT, lookAtAll, { FILES_URL: FILES, RATE_LIMIT_GLOBAL: '100000/1m' });
