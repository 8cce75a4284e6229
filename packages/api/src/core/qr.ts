import { correction, generate } from 'lean-qr';
import { toSvgSource } from 'lean-qr/extras/svg';

/** Correction level Q keeps the code readable with a logo in the middle or a fold through it. */
export const encodeQr = (url: string) => generate(url, { minCorrectionLevel: correction.Q });

export const renderQrSvg = (url: string): string =>
  toSvgSource(encodeQr(url), { on: '#000', off: '#fff', scale: 8 });
