import { DIMENSIONS, type Dimension, type Filter } from '../schema.ts';

function parseFilter(text: string): Filter {
  const isNegated = text.startsWith('-');
  const values = (isNegated ? text.slice(1) : text).split(',').map((value) => value.trim());
  return { isNegated, values };
}

export function parseFilters(
  input: Partial<Record<Dimension, string | undefined>>,
): Partial<Record<Dimension, Filter>> {
  const given = DIMENSIONS.flatMap((dimension) => {
    const text = input[dimension];
    return text === undefined ? [] : [[dimension, parseFilter(text)] as const];
  });
  return Object.fromEntries(given);
}
