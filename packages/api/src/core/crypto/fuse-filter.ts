import { hash } from 'node:crypto';

/** Binary fuse filter (Graf and Lemire, 2022): three lookups, no false negatives, 1 false positive in 65,536. */
export type FuseFilter = { entries: number; has: (text: string) => boolean };

/** Seed, segment length, segment count and entries (32 bits each); 16-bit fingerprints follow; little-endian. */
export const HEADER_BYTES = 16;
export type FuseShape = { seed: number; segmentLength: number; segmentCount: number };

export function computeFilterPositions(
  text: string,
  { seed, segmentLength, segmentCount }: FuseShape,
): { slots: readonly [number, number, number]; fingerprint: number } {
  const digest = hash('sha256', `${seed}:${text}`, 'buffer');
  const segment = Math.floor((digest.readUInt32LE(0) * segmentCount) / 2 ** 32);
  const slotIn = (index: number) =>
    (segment + index) * segmentLength + (digest.readUInt32LE(4 + index * 4) % segmentLength);
  return { slots: [slotIn(0), slotIn(1), slotIn(2)], fingerprint: digest.readUInt16LE(16) };
}

export function readFuseFilter(bytes: Buffer): FuseFilter {
  const shape: FuseShape = {
    seed: bytes.readUInt32LE(0),
    segmentLength: bytes.readUInt32LE(4),
    segmentCount: bytes.readUInt32LE(8),
  };
  const slotCount = (shape.segmentCount + 2) * shape.segmentLength;
  if (bytes.length !== HEADER_BYTES + slotCount * 2) throw new RangeError('The filter is incomplete');
  const read = (slot: number): number => bytes.readUInt16LE(HEADER_BYTES + slot * 2);
  return {
    entries: bytes.readUInt32LE(12),
    has: (text) => {
      const { slots, fingerprint } = computeFilterPositions(text, shape);
      return (read(slots[0]) ^ read(slots[1]) ^ read(slots[2])) === fingerprint;
    },
  };
}
