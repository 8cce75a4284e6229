import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

const GAP = 24;
const WHITE = { r: 255, g: 255, b: 255 };

type Sheet = { width: number; columns: number; quality?: number };
type Tile = { input: Buffer; height: number };

async function shrinkPicture(png: Buffer, width: number): Promise<Tile> {
  const { data, info } = await sharp(png).resize({ width }).png().toBuffer({ resolveWithObject: true });
  return { input: data, height: info.height };
}

/** Each row is as high as its highest picture. */
function placeTiles(tiles: Tile[], { width, columns }: Sheet) {
  const placed: { input: Buffer; left: number; top: number }[] = [];
  let top = GAP;
  for (let start = 0; start < tiles.length; start += columns) {
    const row = tiles.slice(start, start + columns);
    for (const [column, { input }] of row.entries())
      placed.push({ input, left: GAP + column * (width + GAP), top });
    top += Math.max(...row.map(({ height }) => height)) + GAP;
  }
  return { placed, height: top };
}

/** Places pictures next to each other, each `width` pixels wide, and writes them to a file. */
export async function writeSheet(file: URL, pictures: Buffer[], sheet: Sheet): Promise<void> {
  const { width, columns, quality = 85 } = sheet;
  const tiles = await Promise.all(pictures.map((png) => shrinkPicture(png, width)));
  const { placed, height } = placeTiles(tiles, sheet);
  const size = { width: GAP + Math.min(columns, pictures.length) * (width + GAP), height };
  const content = await sharp({ create: { ...size, channels: 3, background: WHITE } })
    .composite(placed)
    .webp({ quality })
    .toBuffer();
  const path = fileURLToPath(file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  console.log(path);
}
