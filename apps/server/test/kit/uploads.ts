import sharp from 'sharp';
import type { Answer } from './client.ts';

type Colour = { r: number; g: number; b: number };

/** Each colour makes another content. */
export const createPicture = (
  width = 40,
  height = 30,
  {
    format = 'png',
    colour = { r: 200, g: 30, b: 90 },
  }: { format?: 'png' | 'jpeg' | 'webp' | 'avif' | 'gif'; colour?: Colour } = {},
): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background: colour } })
    .toFormat(format)
    .toBuffer();

export const createPdf = (text = 'x'): Buffer =>
  Buffer.from(
    `%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n% ${text}\ntrailer<</Root 1 0 R>>\n%%EOF\n`,
  );

/** A second of silence. */
export function createWav(samples = 8_000): Buffer {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + samples, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8_000, 24);
  head.writeUInt32LE(8_000, 28);
  head.writeUInt16LE(1, 32);
  head.writeUInt16LE(8, 34);
  head.write('data', 36);
  head.writeUInt32LE(samples, 40);
  return Buffer.concat([head, Buffer.alloc(samples, 128)]);
}

/** The head of an MP4 file, which is all that anybody reads here. */
export function createMp4(): Buffer {
  const type = Buffer.from('ftypisom\0\0\x02\0isomiso2mp41', 'latin1');
  const box = Buffer.alloc(4);
  box.writeUInt32BE(type.length + 4);
  return Buffer.concat([box, type, Buffer.from('\0\0\0\x08free', 'latin1')]);
}

export type UploadOptions = {
  name?: string;
  /** Of the part, which the server must not believe. */
  type?: string;
  headers?: Record<string, string>;
  path?: string;
};

/** Sends a form with the file in the part `file`, after the other members. */
export async function uploadFile(
  { url }: { url: string },
  { token }: { token: string },
  file: Uint8Array,
  members: Record<string, string>,
  { name = 'picture.png', type = 'image/png', headers = {}, path = '/api/files' }: UploadOptions = {},
): Promise<Answer> {
  const form = new FormData();
  for (const [member, value] of Object.entries(members)) form.append(member, value);
  form.append('file', new Blob([Uint8Array.from(file)], { type }), name);
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, ...headers },
    body: form,
  });
  const text = await response.text();
  return { status: response.status, body: JSON.parse(text), headers: response.headers, cookies: {} };
}
