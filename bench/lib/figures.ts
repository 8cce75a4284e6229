/** Returns the median; the lower of two middle values. */
export const findMedian = (numbers: number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)] ?? 0;

export const formatRow = (
  first: string,
  cells: (string | number)[],
  widths: { first: number; cell: number },
): string => first.padEnd(widths.first) + cells.map((cell) => String(cell).padStart(widths.cell)).join('');
