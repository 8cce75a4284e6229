import { encodeQr } from '@linkgrove/api';
import { toPngBuffer } from 'lean-qr/extras/node_export';

export const renderQrPng = (url: string): Uint8Array =>
  toPngBuffer(encodeQr(url), { on: [0, 0, 0], off: [255, 255, 255], scale: 12 });
