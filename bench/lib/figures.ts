/** The value in the middle; the lower one of two. */
export const median = (numbers: number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)] ?? 0;

/** A row of a table on the console: the first cell to the left, the others to the right. */
export const row = (
  first: string,
  cells: (string | number)[],
  widths: { first: number; cell: number },
): string => first.padEnd(widths.first) + cells.map((cell) => String(cell).padStart(widths.cell)).join('');
