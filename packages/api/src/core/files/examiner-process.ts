import { fileTypeFromFile } from 'file-type';
import type { Examination, ExaminationRequest } from './examination.ts';

// The entry of the process in which strangers' files are read. Whatever they do to a decoder, they do it here.

const PICTURES = new Set(['image/jpeg', 'image/png', 'image/apng', 'image/webp', 'image/gif', 'image/avif']);
const UNREADABLE = 'The picture is damaged, or not what it looks like';

async function examine(request: ExaminationRequest): Promise<Examination> {
  const detected = await fileTypeFromFile(request.path).catch(() => undefined);
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
  void examine(request).then((examination) => process.send?.(examination));
});
process.on('disconnect', () => process.exit(0));
