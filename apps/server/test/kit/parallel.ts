import type { Answer } from './client.ts';

/** The numbers from 0 to `count` - 1. */
export const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** Does `act` `count` times in parallel. */
export const times = <T>(count: number, act: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(range(count).map(act));

/** Does `act` `count` times, at most `atOnce` at a time. */
export async function crowd<T>(
  count: number,
  atOnce: number,
  act: (index: number) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  await times(atOnce, async () => {
    for (let index = next++; index < count; index = next++) results[index] = await act(index);
  });
  return results;
}

/** How often each answer was given, such as `{ 201: 1, '409 EMAIL_TAKEN': 29 }`. */
export function tally(answers: Answer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, body } of answers) {
    const key = body?.code ? `${status} ${body.code}` : String(status);
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

/** Waits until `probe` returns something truthy; fails after thirty seconds. */
export async function eventually<T>(probe: () => Promise<T> | T): Promise<NonNullable<T>> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() > deadline) throw new Error('It did not happen within thirty seconds');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
