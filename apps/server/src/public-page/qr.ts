import { correction, generate } from 'lean-qr';
import { toPngBuffer } from 'lean-qr/extras/node_export';
import { toSvgSource } from 'lean-qr/extras/svg';

// Still readable with a logo in its middle, or a fold through it.
const encode = (url: string) => generate(url, { minCorrectionLevel: correction.Q });

/** A QR code as SVG, which can be printed at any size. */
export const renderQrSvg = (url: string): string =>
  toSvgSource(encode(url), { on: '#000', off: '#fff', scale: 8 });

/** A QR code as PNG, twelve pixels to a module. */
export const renderQrPng = (url: string): Uint8Array =>
  toPngBuffer(encode(url), { on: [0, 0, 0], off: [255, 255, 255], scale: 12 });
