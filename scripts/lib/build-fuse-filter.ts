import {
  type FuseShape,
  HEADER_BYTES,
  computeFilterPositions,
} from '../../packages/api/src/core/crypto/fuse-filter.ts';

const MAX_SEEDS = 20;

/** Sizes that the authors of the filter recommend for three slots. */
function chooseShape(entries: number, seed: number): FuseShape {
  const count = Math.max(entries, 2);
  const segmentLength = 2 ** Math.max(2, Math.floor(Math.log(count) / Math.log(3.33) + 2.25));
  const factor = Math.max(1.125, 0.875 + (0.25 * Math.log(1e6)) / Math.log(count));
  const segmentCount = Math.max(1, Math.ceil((count * factor) / segmentLength) - 2);
  return { seed, segmentLength, segmentCount };
}

type Located = ReturnType<typeof computeFilterPositions>;

/** Orders entries so that each has a slot that no later one uses; undefined where this seed has no such order. */
function peel(located: Located[], slotCount: number): { entry: Located; slot: number }[] | undefined {
  const counts = new Uint32Array(slotCount);
  // The XOR of the numbers of a slot's entries is the number of the last one left.
  const numbers = new Uint32Array(slotCount);
  const add = ({ slots }: Located, number: number, by: 1 | -1) => {
    for (const slot of slots) {
      counts[slot] = (counts[slot] ?? 0) + by;
      numbers[slot] = (numbers[slot] ?? 0) ^ number;
    }
  };
  located.forEach((entry, number) => add(entry, number, 1));
  const single = [...counts.keys()].filter((slot) => counts[slot] === 1);
  const order: { entry: Located; slot: number }[] = [];
  for (let slot = single.pop(); slot !== undefined; slot = single.pop()) {
    if (counts[slot] !== 1) continue;
    const number = numbers[slot] ?? 0;
    const entry = located[number];
    if (!entry) throw new Error(`No entry ${number}`);
    order.push({ entry, slot });
    add(entry, number, -1);
    single.push(...entry.slots.filter((other) => counts[other] === 1));
  }
  return order.length === located.length ? order : undefined;
}

/** Builds the file of a filter that holds the texts. Deterministic. */
export function buildFuseFilter(texts: Iterable<string>): Buffer {
  const unique = [...new Set(texts)];
  for (let seed = 0; seed < MAX_SEEDS; seed++) {
    const shape = chooseShape(unique.length, seed);
    const slotCount = (shape.segmentCount + 2) * shape.segmentLength;
    const order = peel(
      unique.map((text) => computeFilterPositions(text, shape)),
      slotCount,
    );
    if (!order) continue;
    const prints = new Uint16Array(slotCount);
    for (const { entry, slot } of order.toReversed()) {
      const others = entry.slots.reduce(
        (all, other) => (other === slot ? all : all ^ (prints[other] ?? 0)),
        0,
      );
      prints[slot] = entry.fingerprint ^ others;
    }
    const bytes = Buffer.alloc(HEADER_BYTES + slotCount * 2);
    [shape.seed, shape.segmentLength, shape.segmentCount, unique.length].forEach((value, index) =>
      bytes.writeUInt32LE(value, index * 4),
    );
    prints.forEach((print, slot) => bytes.writeUInt16LE(print, HEADER_BYTES + slot * 2));
    return bytes;
  }
  throw new Error(`No filter after ${MAX_SEEDS} seeds`);
}
