import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Browser, chromium, type Page } from 'playwright-core';
import { requireImages, showWholePage, type Size, startPictureServer } from './lib/pictures.ts';
import { answerForeignRequest, createSamplePage, SAMPLE_HANDLE, useTheme } from './lib/sample-page.ts';

// Takes the pictures of docs/screenshots on a server of its own. Fails if an image on a page
// has no size, or if a player was not painted.
// Usage: npm run screenshots; the browser is Debian's Chromium, or that of the variable CHROMIUM.

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const FOLDER = new URL('../docs/screenshots/', import.meta.url);
const PORT = 3971;
const SERVER = `http://localhost:${PORT}`;
const PRESETS = ['default', 'paper', 'midnight', 'meadow', 'sunset', 'mono'];
type PictureOptions = { viewport: Size; colorScheme?: 'light' | 'dark' };
const PHONE: Size = { width: 375, height: 812 };

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

const PAINT_TRIES = 50;

/** Takes a picture of a whole page, once everything on it is painted. Throws if that does not happen. */
async function takePicture(browser: Browser, path: string, options: PictureOptions): Promise<Buffer> {
  const context = await browser.newContext(options);
  await context.route(({ origin }) => origin !== SERVER, answerForeignRequest);
  const page = await context.newPage();
  await page.goto(`${SERVER}${path}`);
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
  throw new Error(`A player of ${path} was not painted`);
}

/** Places pictures next to each other, each `width` pixels wide, and writes them to a file. */
async function writeSheet(
  browser: Browser,
  file: string,
  pictures: Buffer[],
  { width, columns }: { width: number; columns: number },
): Promise<void> {
  const gap = 24;
  const page = await browser.newPage({
    viewport: { width: columns * (width + gap) + gap, height: 100 },
  });
  const images = pictures.map(
    (png) => `<img width="${width}" src="data:image/png;base64,${png.toString('base64')}">`,
  );
  await page.setContent(
    `<style>body{margin:0;padding:${gap}px;display:grid;grid-template-columns:repeat(${columns},${width}px);gap:${gap}px;align-items:start}</style>${images.join('')}`,
  );
  await page.evaluate(`Promise.all([...document.images].map((image) => image.decode()))`);
  const png = await page.screenshot({ fullPage: true });
  await page.setContent(`<img src="data:image/png;base64,${png.toString('base64')}">`);
  const url = await page.evaluate<string>(`document.images[0].decode().then(() => {
    const canvas = document.createElement('canvas');
    canvas.width = document.images[0].naturalWidth;
    canvas.height = document.images[0].naturalHeight;
    canvas.getContext('2d').drawImage(document.images[0], 0, 0);
    return canvas.toDataURL('image/webp', 0.85);
  })`);
  await page.close();
  await writeFile(new URL(file, FOLDER), Buffer.from(url.split(',')[1] ?? '', 'base64'));
  console.log(`docs/screenshots/${file}`);
}

async function takeAll(browser: Browser): Promise<void> {
  const sample = await createSamplePage(SERVER);
  const path = `/@${SAMPLE_HANDLE}`;
  const takePresets = async (options: PictureOptions): Promise<Buffer[]> => {
    const pictures: Buffer[] = [];
    for (const preset of PRESETS) {
      await useTheme(sample, preset);
      pictures.push(await takePicture(browser, path, options));
    }
    return pictures;
  };
  for (const [file, colorScheme] of [
    ['presets.webp', 'light'],
    ['presets-dark.webp', 'dark'],
  ] as const)
    await writeSheet(browser, file, await takePresets({ viewport: PHONE, colorScheme }), {
      width: 340,
      columns: 6,
    });

  await useTheme(sample, 'default');
  const wide = { viewport: { width: 1440, height: 900 } };
  await writeSheet(browser, 'default-1440.webp', [await takePicture(browser, path, wide)], {
    width: 1440,
    columns: 1,
  });

  await sample.useGrid();
  await writeSheet(browser, 'grids-1440.webp', await takePresets(wide), { width: 880, columns: 2 });
  const tablet = { viewport: { width: 768, height: 1024 } };
  await writeSheet(browser, 'grids-768.webp', await takePresets(tablet), { width: 420, columns: 6 });

  await useTheme(sample, 'default');
  const dark = { viewport: PHONE, colorScheme: 'dark' } as const;
  const pictures = [
    await takePicture(browser, path, { viewport: PHONE }),
    await takePicture(browser, path, dark),
    await takePicture(browser, `${path}/share`, { viewport: PHONE }),
    await takePicture(browser, sample.gatePath, dark),
  ];
  await writeSheet(browser, 'phone.webp', pictures, { width: 340, columns: 4 });
}

const dataDir = await mkdtemp(join(tmpdir(), 'linkgrove-screenshots-'));
const stopServer = await startPictureServer({ PORT: String(PORT), DATA_DIR: dataDir });
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
try {
  await takeAll(browser);
} finally {
  await browser.close();
  await stopServer();
  await rm(dataDir, { recursive: true, force: true });
}
