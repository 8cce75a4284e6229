/** Files that need no drawing. */

/** An empty document. Its text makes it another file. */
export const createDocument = (text: string): Buffer =>
  Buffer.from(
    `%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n% ${text}\ntrailer<</Root 1 0 R>>\n%%EOF\n`,
  );

const SAMPLES_PER_SECOND = 8_000;

/** A second of silence as WAV. */
export function createSilence(): Buffer {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + SAMPLES_PER_SECOND, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(SAMPLES_PER_SECOND, 24);
  head.writeUInt32LE(SAMPLES_PER_SECOND, 28);
  head.writeUInt16LE(1, 32);
  head.writeUInt16LE(8, 34);
  head.write('data', 36);
  head.writeUInt32LE(SAMPLES_PER_SECOND, 40);
  return Buffer.concat([head, Buffer.alloc(SAMPLES_PER_SECOND, 128)]);
}

/** The head of an MP4 file without frames; what a page shows of it is its poster. */
export function createEmptyVideo(): Buffer {
  const type = Buffer.from('ftypisom\0\0\x02\0isomiso2mp41', 'latin1');
  const size = Buffer.alloc(4);
  size.writeUInt32BE(type.length + 4);
  return Buffer.concat([size, type, Buffer.from('\0\0\0\x08free', 'latin1')]);
}
