import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { Browser } from 'playwright-core';
import { LOOK_PAGES, type LookPage } from './lib/look-pages.ts';
import { PHONE, type Size, takePicture, withBrowserAndServer, writeSheet } from './lib/pictures.ts';
import { listPresets, PICTURES, type Send, signUpOwner } from './lib/sample-page.ts';

// Takes pictures of every preset on realistic pages, to be looked at by a person, and prints what the pages weigh.
// Usage: npm run looks -- [--presets a,b] [--pages a,b] [--theme '{"entrance":"none"}'] [--folder .looks]

const PORT = 3972;
const TABLET: Size = { width: 768, height: 1024 };
const DESKTOP: Size = { width: 1440, height: 900 };
const SCHEMES = ['light', 'dark'] as const;

const { values } = parseArgs({
  options: {
    presets: { type: 'string' },
    pages: { type: 'string' },
    theme: { type: 'string', default: '{}' },
    folder: { type: 'string', default: '.looks' },
  },
});
const presets = values.presets?.split(',') ?? listPresets();
const pages = LOOK_PAGES.filter(({ name }) => values.pages?.split(',').includes(name) ?? true);
const theme: object = JSON.parse(values.theme);
const folder = pathToFileURL(`${values.folder}/`);

const buildHandle = ({ name }: LookPage): string => `look-${name}`;

/** Returns its path in the API. */
async function createLookPage(send: Send, page: LookPage): Promise<string> {
  const { language, title, bio, avatar, blocks } = page;
  const avatarUrl = avatar ? `${PICTURES}/face.svg` : null;
  const { id } = await send('POST', '/api/pages', {
    handle: buildHandle(page),
    language,
    title,
    bio,
    avatarUrl,
    published: true,
  });
  for (const block of blocks) await send('POST', `/api/pages/${id}/blocks`, block);
  return `/api/pages/${id}`;
}

async function printWeight(server: string, preset: string, page: LookPage): Promise<void> {
  const html = await (await fetch(`${server}/@${buildHandle(page)}`)).text();
  const [font] = html.match(/\/assets\/fonts\/[\w.-]+/) ?? [];
  const fontBytes = font === undefined ? 0 : (await (await fetch(server + font)).arrayBuffer()).byteLength;
  const toKilobytes = (bytes: number): string => `${(bytes / 1_000).toFixed(1)} kB`;
  console.log(
    `${preset}: ${toKilobytes(Buffer.byteLength(html))} of HTML and ${toKilobytes(fontBytes)} of font for “${page.title}”`,
  );
}

async function lookAt(browser: Browser, server: string, preset: string): Promise<void> {
  for (const colorScheme of SCHEMES) {
    for (const viewport of [PHONE, TABLET, DESKTOP]) {
      const pictures: Buffer[] = [];
      for (const page of pages)
        pictures.push(
          await takePicture(browser, `${server}/@${buildHandle(page)}`, { viewport, colorScheme }),
        );
      const width = Math.min(viewport.width, 480);
      await writeSheet(
        browser,
        new URL(`${preset}-${colorScheme}-${viewport.width}.webp`, folder),
        pictures,
        {
          width,
          columns: Math.min(pages.length, 7),
        },
      );
    }
  }
}

await withBrowserAndServer(PORT, async (browser, server) => {
  const send = await signUpOwner(server);
  const paths: string[] = [];
  for (const page of pages) paths.push(await createLookPage(send, page));
  for (const preset of presets) {
    for (const path of paths) await send('PATCH', path, { theme: { ...theme, preset } });
    const [first] = pages;
    if (first) await printWeight(server, preset, first);
    await lookAt(browser, server, preset);
  }
});
