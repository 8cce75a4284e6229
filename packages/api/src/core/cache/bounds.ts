/** Options of an LRUCache for at most `count` entries. With `max` it would allocate the space for all of them at once. */
export const limitEntries = (count: number): { maxSize: number; sizeCalculation: () => number } => ({
  maxSize: count,
  sizeCalculation: () => 1,
});
