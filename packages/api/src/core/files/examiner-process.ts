import { open } from 'node:fs/promises';
import { fileTypeFromBuffer } from 'file-type';
import type { Examination, ExaminationRequest } from './examination.ts';

// The entry of the process in which strangers' files are read. Whatever they do to a decoder, they do it here.

const PICTURES = new Set(['image/jpeg', 'image/png', 'image/apng', 'image/webp', 'image/gif', 'image/avif']);
const UNREADABLE = 'The picture is damaged, or not what it looks like';

/** All types that are stored show themselves here. */
const HEAD_BYTES = 65_536;

async function readHead(path: string): Promise<Uint8Array> {
  const file = await open(path);
  const { buffer, bytesRead } = await file.read(new Uint8Array(HEAD_BYTES));
  await file.close();
  return buffer.subarray(0, bytesRead);
}

async function examine(request: ExaminationRequest): Promise<Examination> {
  // Not `fileTypeFromFile`, which imports a package by a name that no bundle knows.
  const detected = await fileTypeFromBuffer(await readHead(request.path)).catch(() => undefined);
  const type = detected?.mime.split(';', 1)[0];
  if (type === undefined || !PICTURES.has(type)) return { kind: 'other', type };
  const { renderPictures } = await import('./render.ts');
  try {
    return await renderPictures({ ...request, type });
  } catch {
    return { kind: 'refused', type, reason: UNREADABLE };
  }
}

process.on('message', (request: ExaminationRequest) => {
  void examine(request).then(
    (examination) => process.send?.(examination),
    () => process.exit(1),
  );
});
process.on('disconnect', () => process.exit(0));
