import { expect, it } from 'vitest';
import { paginate } from './index.ts';

type Input = { limit?: number; cursor?: string | undefined } | undefined;

/** A list of five letters in parts of two. */
function createList() {
  const inputs: Input[] = [];
  const query = async (input: Input) => {
    inputs.push(input);
    const start = Number(input?.cursor ?? 0);
    const next = start + 2;
    return { items: [...'abcde'].slice(start, next), nextCursor: next < 5 ? String(next) : null };
  };
  return { inputs, procedure: { query } };
}

it('paginate yields every item and passes the input on with each cursor', async () => {
  const { inputs, procedure } = createList();
  const items = [];
  for await (const item of paginate(procedure, { limit: 2 })) items.push(item);
  expect(items.join('')).toBe('abcde');
  expect(inputs).toEqual([{ limit: 2 }, { limit: 2, cursor: '2' }, { limit: 2, cursor: '4' }]);
});

it('paginate fetches no more than is read', async () => {
  const { inputs, procedure } = createList();
  for await (const item of paginate(procedure)) if (item === 'b') break;
  expect(inputs).toEqual([{}]);
});
