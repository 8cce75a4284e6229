import type { Browser } from 'playwright-core';
import { writeSheet } from './lib/picture-sheets.ts';
import { PHONE, type PictureOptions, takePicture, withBrowserAndServer } from './lib/pictures.ts';
import { createSamplePage, listPresets, SAMPLE_HANDLE, useTheme } from './lib/sample-page.ts';

// Takes the pictures of docs/screenshots on a server of its own. Fails if an image on a page
// has no size, or if a player was not painted.
// Usage: npm run screenshots

const FOLDER = new URL('../docs/screenshots/', import.meta.url);
const PORT = 3971;
const PRESETS = listPresets();

async function takeAll(browser: Browser, server: string): Promise<void> {
  const sample = await createSamplePage(server);
  const url = `${server}/@${SAMPLE_HANDLE}`;
  const takePresets = async (options: PictureOptions): Promise<Buffer[]> => {
    const pictures: Buffer[] = [];
    for (const preset of PRESETS) {
      await useTheme(sample, preset);
      pictures.push(await takePicture(browser, url, options));
    }
    return pictures;
  };
  for (const [file, colorScheme] of [
    ['presets.webp', 'light'],
    ['presets-dark.webp', 'dark'],
  ] as const)
    await writeSheet(new URL(file, FOLDER), await takePresets({ viewport: PHONE, colorScheme }), {
      width: 340,
      columns: 6,
    });

  await useTheme(sample, 'default');
  const wide = { viewport: { width: 1440, height: 900 } };
  await writeSheet(new URL('default-1440.webp', FOLDER), [await takePicture(browser, url, wide)], {
    width: 1440,
    columns: 1,
  });

  await sample.useGrid();
  await writeSheet(new URL('grids-1440.webp', FOLDER), await takePresets(wide), {
    width: 880,
    columns: 2,
  });
  const tablet = { viewport: { width: 768, height: 1024 } };
  await writeSheet(new URL('grids-768.webp', FOLDER), await takePresets(tablet), {
    width: 420,
    columns: 6,
  });

  await useTheme(sample, 'default');
  const dark = { viewport: PHONE, colorScheme: 'dark' } as const;
  const pictures = [
    await takePicture(browser, url, { viewport: PHONE }),
    await takePicture(browser, url, dark),
    await takePicture(browser, `${url}/share`, { viewport: PHONE }),
    await takePicture(browser, server + sample.gatePath, dark),
  ];
  await writeSheet(new URL('phone.webp', FOLDER), pictures, { width: 340, columns: 4 });
}

await withBrowserAndServer(PORT, takeAll);
