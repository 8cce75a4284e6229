import { createCanvas, loadImage, type SKRSContext2D } from '@napi-rs/canvas';
import { loadFonts } from './fonts.ts';
import { findTextDirection, formatFitting, type Lines } from './layout.ts';
import { PICTURE_HEIGHT, PICTURE_WIDTH, type SharePicture } from './picture.ts';

const MARGIN = 80;
const FACE_SIZE = 280;
const FACE_GAP = 64;
const BAR_HEIGHT = 16;
const TEXT_WIDTH = PICTURE_WIDTH - 2 * MARGIN - FACE_SIZE - FACE_GAP;

const TITLE_SIZES = [
  { size: 84, maxLines: 1 },
  { size: 72, maxLines: 2 },
  { size: 58, maxLines: 3 },
] as const;
const HANDLE_SIZE = 34;
const BIO_SIZES = [{ size: 34, maxLines: 3 }] as const;
const LINE_HEIGHT = 1.25;
const PART_GAP = 22;

/** Some apps do not show larger pictures. */
const MAX_BYTES = 300_000;

type Brush = {
  context: SKRSContext2D;
  picture: SharePicture;
  fonts: string;
};

/** The weight is an axis of the fonts: asked for as such, it would leave nothing of the emoji, which have one weight. */
function setFont({ context, fonts }: Brush, weight: number, size: number): void {
  context.font = `${size}px ${fonts}`;
  context.fontVariationSettings = `"wght" ${weight}`;
}

function paintBackground({ context, picture: { colors } }: Brush): void {
  const angle = (colors.angle * Math.PI) / 180;
  const [x, y] = [Math.sin(angle), -Math.cos(angle)];
  const half = (Math.abs(PICTURE_WIDTH * x) + Math.abs(PICTURE_HEIGHT * y)) / 2;
  const [middleX, middleY] = [PICTURE_WIDTH / 2, PICTURE_HEIGHT / 2];
  const gradient = context.createLinearGradient(
    middleX - x * half,
    middleY - y * half,
    middleX + x * half,
    middleY + y * half,
  );
  gradient.addColorStop(0, colors.from);
  gradient.addColorStop(1, colors.to);
  context.fillStyle = gradient;
  context.fillRect(0, 0, PICTURE_WIDTH, PICTURE_HEIGHT);
  context.fillStyle = colors.accent;
  context.fillRect(0, PICTURE_HEIGHT - BAR_HEIGHT, PICTURE_WIDTH, BAR_HEIGHT);
}

async function paintFace(brush: Brush): Promise<void> {
  const { context, picture } = brush;
  const { avatar, colors, initial, direction } = picture;
  const left = direction === 'rtl' ? PICTURE_WIDTH - MARGIN - FACE_SIZE : MARGIN;
  const top = (PICTURE_HEIGHT - BAR_HEIGHT - FACE_SIZE) / 2;
  const radius = FACE_SIZE / 2;
  context.save();
  context.beginPath();
  context.arc(left + radius, top + radius, radius, 0, 2 * Math.PI);
  context.clip();
  context.fillStyle = colors.accent;
  context.fillRect(left, top, FACE_SIZE, FACE_SIZE);
  if (avatar) {
    const image = await loadImage(avatar);
    const side = Math.min(image.width, image.height);
    const [x, y] = [(image.width - side) / 2, (image.height - side) / 2];
    context.drawImage(image, x, y, side, side, left, top, FACE_SIZE, FACE_SIZE);
  } else {
    context.fillStyle = colors.onAccent;
    setFont(brush, 700, FACE_SIZE / 2);
    context.textAlign = 'center';
    const { actualBoundingBoxAscent: above, actualBoundingBoxDescent: below } = context.measureText(initial);
    context.fillText(initial, left + radius, top + radius + (above - below) / 2);
  }
  context.restore();
}

type Part = Lines & { size: number; weight: number; color: string; direction: 'ltr' | 'rtl' };

function layOutPart(
  brush: Brush,
  text: string,
  style: Pick<Part, 'weight' | 'color'> & {
    sizes: Parameters<typeof formatFitting>[1]['sizes'];
  },
): Part {
  const { context, picture } = brush;
  const measureIn = (size: number) => {
    setFont(brush, style.weight, size);
    return (line: string) => context.measureText(line).width;
  };
  const frame = { sizes: style.sizes, language: picture.language, maxWidth: TEXT_WIDTH };
  const { weight, color } = style;
  const direction = findTextDirection(text, picture.direction);
  return { ...formatFitting(text, frame, measureIn), weight, color, direction };
}

const getHeight = ({ lines, size }: Part): number => lines.length * size * LINE_HEIGHT;

function paintParts(brush: Brush, parts: Part[]): void {
  const { context, picture } = brush;
  const isMirrored = picture.direction === 'rtl';
  const start = MARGIN + FACE_SIZE + FACE_GAP;
  const x = isMirrored ? PICTURE_WIDTH - start : start;
  const height = parts.reduce((sum, part) => sum + getHeight(part), PART_GAP * (parts.length - 1));
  let top = (PICTURE_HEIGHT - BAR_HEIGHT - height) / 2;
  context.textAlign = isMirrored ? 'right' : 'left';
  context.textBaseline = 'alphabetic';
  for (const part of parts) {
    setFont(brush, part.weight, part.size);
    context.fillStyle = part.color;
    context.direction = part.direction;
    for (const line of part.lines) {
      context.fillText(line, x, top + part.size);
      top += part.size * LINE_HEIGHT;
    }
    top += PART_GAP;
  }
}

/** Returns a PNG of at most 300 kB. */
export async function renderSharePicture(picture: SharePicture): Promise<Uint8Array> {
  const canvas = createCanvas(PICTURE_WIDTH, PICTURE_HEIGHT);
  const context = canvas.getContext('2d');
  const { title, handle, bio, initial, colors } = picture;
  const names = loadFonts(`${title}${handle}${bio ?? ''}${initial}`, picture);
  const brush: Brush = { context, picture, fonts: names.map((name) => `"${name}"`).join(',') };
  paintBackground(brush);
  await paintFace(brush);
  paintParts(brush, [
    layOutPart(brush, title, { weight: 700, color: colors.text, sizes: TITLE_SIZES }),
    layOutPart(brush, handle, {
      weight: 500,
      color: colors.accent,
      sizes: [{ size: HANDLE_SIZE, maxLines: 1 }],
    }),
    ...(bio === null ? [] : [layOutPart(brush, bio, { weight: 400, color: colors.muted, sizes: BIO_SIZES })]),
  ]);
  const png = await canvas.encode('png');
  if (png.length <= MAX_BYTES) return png;
  // Rarely needed.
  const { default: sharp } = await import('sharp');
  return sharp(png).png({ palette: true, quality: 90, effort: 4 }).toBuffer();
}
