import type { Worker } from 'node:worker_threads';
import { expect, it, vi } from 'vitest';
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

it('examinePassword starts one thread, and no more, after one has failed', async () => {
  vi.resetModules();
  const judge = await import('./password-judge.ts');
  const started: Worker[] = [];
  const add = (worker: Worker) => void started.push(worker);
  process.on('worker', add);
  expect(await judge.examinePassword('correct-horse-battery', ADA)).toBeNull();
  const ended = new Promise((resolve) => started[0]?.once('exit', resolve));
  const unreadable = Array.from<string>({ length: 1 });
  await expect(judge.examinePassword('password', unreadable)).rejects.toThrow('split');
  expect(await judge.examinePassword('correct-horse-battery', ADA)).toBeNull();
  await ended;
  expect(await judge.examinePassword('correct-horse-battery', ADA)).toBeNull();
  process.off('worker', add);
  expect(started).toHaveLength(2);
});
