import { expect, it } from 'vitest';
import { examinePassword } from './password-judge.ts';

const ADA = ['ada.lovelace', 'ada.lovelace@example.com'];

it('examinePassword gives each caller the verdict on its own password', async () => {
  const verdicts = await Promise.all(
    ['lovelace', 'correct-horse-battery', 'Summer2024!', 'wombatix99'].map((one) =>
      examinePassword(one, ADA),
    ),
  );
  expect(verdicts.map((verdict) => verdict === null)).toEqual([false, true, false, true]);
  expect(verdicts[0]).toMatch(/\w{3,}.*\.$/);
});

it('examinePassword refuses at once when too many passwords wait, and works again afterwards', async () => {
  const all = await Promise.allSettled(Array.from({ length: 600 }, () => examinePassword('password', ADA)));
  const refused = all.filter((one) => one.status === 'rejected');
  expect(refused.length).toBe(100);
  expect(refused[0]?.reason).toMatchObject({ code: 'UNAVAILABLE' });
  expect(await examinePassword('correct-horse-battery', ADA)).toBeNull();
});
