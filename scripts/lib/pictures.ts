import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';

export type Size = { width: number; height: number };

/** Starts the whole product with these settings, and returns a function that stops it. */
export async function startPictureServer(settings: Record<string, string>): Promise<() => Promise<void>> {
  const env = { ...process.env, LOG_LEVEL: 'warn', ...settings };
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

/** Throws if an image that can be seen has no size. */
export async function requireImages(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle');
  const empty = await page.evaluate<string[]>(
    `[...document.images].filter((image) => image.checkVisibility() && (!image.complete || image.naturalWidth === 0)).map((image) => image.src)`,
  );
  if (empty.length > 0) throw new Error(`Images without a size: ${empty.join(', ')}`);
}

/** Makes the window as high as the page. Playwright's own pictures of whole pages resize it while they are taken. */
export async function showWholePage(page: Page, { width, height }: Size): Promise<void> {
  await page.setViewportSize({ width, height });
  for (let round = 0; round < 2; round++) {
    const whole = await page.evaluate<number>('document.documentElement.scrollHeight');
    await page.setViewportSize({ width, height: Math.max(height, whole) });
  }
}
