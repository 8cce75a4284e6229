import { expect, it } from 'vitest';
import { createLoader } from './docs.ts';

it('what was loaded once is kept, and a failed load is tried again', async () => {
  const answers = [new Error('no disk'), 'script', 'unused'];
  const load = createLoader(async () => {
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  });
  await expect(load()).rejects.toThrow('no disk');
  expect(await Promise.all([load(), load()])).toEqual(['script', 'script']);
  expect(await load()).toBe('script');
  expect(answers).toEqual(['unused']);
});
