import sharp from 'sharp';

/** Numbers from 0 to 1 that are the same at each run. */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export const repeat = (count: number, draw: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => draw(index)).join('');

/** A vertical gradient with the ID `id`. */
export const fade = (id: string, colors: readonly string[]): string =>
  `<linearGradient id="${id}" x1="0" y1="0" x2="0" y2="1">${colors
    .map((color, index) => `<stop offset="${index / Math.max(1, colors.length - 1)}" stop-color="${color}"/>`)
    .join('')}</linearGradient>`;

export const wrapSvg = (width: number, height: number, content: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${content}</svg>`;

/** A ridge across the picture, as the top of a filled path. */
export function drawRidge(
  random: () => number,
  {
    width,
    height,
    top,
    swing,
    color,
  }: Record<'width' | 'height' | 'top' | 'swing', number> & { color: string },
): string {
  const steps = 8;
  const points = Array.from({ length: steps + 1 }, (_, index) => ({
    x: (width * index) / steps,
    y: top + (random() - 0.5) * swing,
  }));
  const line = points
    .map(({ x, y }, index) => {
      const before = points[index - 1];
      if (!before) return `M${x} ${y}`;
      const middle = (before.x + x) / 2;
      return `C${middle} ${before.y} ${middle} ${y} ${x} ${y}`;
    })
    .join('');
  return `<path d="${line}V${height}H0Z" fill="${color}"/>`;
}

/** JPEG, with some grain so that plain areas look like a photograph. */
export async function paint(svg: string, grain = 10): Promise<Buffer> {
  const drawing = sharp(Buffer.from(svg)).flatten({ background: '#ffffff' });
  const { width, height } = await sharp(Buffer.from(svg)).metadata();
  const noise = await sharp({
    create: {
      width,
      height,
      channels: 3,
      background: '#808080',
      noise: { type: 'gaussian', mean: 128, sigma: grain },
    },
  })
    .greyscale()
    .png()
    .toBuffer();
  return drawing
    .composite([{ input: noise, blend: 'soft-light' }])
    .jpeg({ quality: 90 })
    .toBuffer();
}
