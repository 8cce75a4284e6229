import { correction, generate } from 'lean-qr';
import { toPngBuffer } from 'lean-qr/extras/node_export';
import { toSvgSource } from 'lean-qr/extras/svg';

// Correction level Q keeps the code readable with a logo in the middle or a fold through it.
const encodeQr = (url: string) => generate(url, { minCorrectionLevel: correction.Q });

export const renderQrSvg = (url: string): string =>
  toSvgSource(encodeQr(url), { on: '#000', off: '#fff', scale: 8 });

export const renderQrPng = (url: string): Uint8Array =>
  toPngBuffer(encodeQr(url), { on: [0, 0, 0], off: [255, 255, 255], scale: 12 });
