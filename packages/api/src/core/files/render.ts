import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp, { type OutputInfo, type Sharp } from 'sharp';
import type { Examination, ExaminationRequest, Focus, PictureForm, RenderedPicture } from './examination.ts';

/** For a still picture, and for all frames of an animation together. */
const MAX_PIXELS = 50_000_000;
const MAX_SIDE = 16_383;
const MAX_FRAMES = 300;

const WEBP = { quality: 80, effort: 4 };
const ANIMATED_WEBP = { quality: 75, effort: 2 };
const AVIF = { quality: 55, effort: 2 };

// One picture at a time, nothing kept, and no decoder but these: SVG and the rest cannot be reached.
sharp.cache(false);
sharp.concurrency(1);
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: [
    'VipsForeignLoadJpegFile',
    'VipsForeignLoadPngFile',
    'VipsForeignLoadWebpFile',
    'VipsForeignLoadNsgifFile',
    'VipsForeignLoadHeifFile',
  ],
});

type Area = { left: number; top: number; width: number; height: number };
type Size = { width: number; height: number };
type Measured = Size & { frames: number };

/** Reads the head only. */
async function measure(path: string): Promise<Measured> {
  const {
    pages: frames = 1,
    pageHeight,
    autoOrient,
  } = await sharp(path, {
    animated: true,
    limitInputPixels: false,
  }).metadata();
  return { width: autoOrient.width, height: pageHeight ?? autoOrient.height, frames };
}

function findExcess({ width, height, frames }: Measured): string | undefined {
  if (Math.max(width, height) > MAX_SIDE) return `has a side of more than ${MAX_SIDE} pixels`;
  if (frames > MAX_FRAMES) return `has more than ${MAX_FRAMES} frames`;
  if (width * height * frames > MAX_PIXELS)
    return `has more than ${MAX_PIXELS / 1_000_000} million pixels${frames > 1 ? ' in all its frames' : ''}`;
  return undefined;
}

const clamp = (value: number, max: number): number => Math.max(0, Math.min(Math.round(value), max));

/** The largest square whose middle is as near to the focus as possible. */
function findSquare({ width, height }: Size, { x, y }: Focus): Area {
  const side = Math.min(width, height);
  return {
    left: clamp(x * width - side / 2, width - side),
    top: clamp(y * height - side / 2, height - side),
    width: side,
    height: side,
  };
}

/** Never larger than the picture. */
function listWidths({ widths }: PictureForm, { width }: Size): number[] {
  const smaller = widths.filter((one) => one < width);
  return smaller.length < widths.length ? [...smaller, width] : smaller;
}

async function describe(
  path: string,
  type: RenderedPicture['type'],
  info: OutputInfo,
): Promise<RenderedPicture> {
  const bytes = await readFile(path);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const height = info.pageHeight ?? info.height;
  return { path, type, width: info.width, height, size: bytes.length, sha256 };
}

type Writer = (width: number, name: string) => Promise<RenderedPicture[]>;

function createAnimationWriter(source: () => Sharp, folder: string): Writer {
  return async (width, name) => {
    const path = join(folder, `${name}.webp`);
    const info = await source().resize({ width }).webp(ANIMATED_WEBP).toFile(path);
    return [await describe(path, 'image/webp', info)];
  };
}

/** The source is decoded once, at the largest width. */
async function createStillWriter(source: () => Sharp, folder: string, maxWidth: number): Promise<Writer> {
  const { data, info } = await source()
    .resize({ width: maxWidth, withoutEnlargement: true })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return async (width, name) => {
    const resized = () => sharp(data, { raw: info }).resize({ width });
    const [webp, avif] = [join(folder, `${name}.webp`), join(folder, `${name}.avif`)];
    return [
      await describe(webp, 'image/webp', await resized().webp(WEBP).toFile(webp)),
      await describe(avif, 'image/avif', await resized().avif(AVIF).toFile(avif)),
    ];
  };
}

/** Turned upright, in sRGB, without any metadata: everything is encoded anew. */
export async function renderPictures(request: ExaminationRequest & { type: string }): Promise<Examination> {
  const { path, folder, form, focus, type } = request;
  const measured = await measure(path);
  const excess = findExcess(measured);
  if (excess !== undefined) return { kind: 'refused', type, reason: `The picture ${excess}` };
  const isAnimated = measured.frames > 1;
  const area = form.isSquare
    ? findSquare(measured, focus ?? { x: 0.5, y: 0.5 })
    : { left: 0, top: 0, width: measured.width, height: measured.height };
  const source = (): Sharp => {
    const upright = sharp(path, {
      animated: isAnimated,
      limitInputPixels: MAX_PIXELS,
      failOn: 'error',
    }).autoOrient();
    return form.isSquare ? upright.extract(area) : upright;
  };
  const widths = listWidths(form, area);
  const write = isAnimated
    ? createAnimationWriter(source, folder)
    : await createStillWriter(source, folder, widths.at(-1) ?? area.width);
  const pictures: RenderedPicture[] = [];
  for (const width of widths) pictures.push(...(await write(width, `picture-${width}`)));
  const { width, height } = pictures.at(-1) ?? area;
  return { kind: 'picture', type, width, height, pictures };
}
