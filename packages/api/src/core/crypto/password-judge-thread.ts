import { parentPort } from 'node:worker_threads';
import type { Verdict, Question } from './password-judge.ts';
import { findPasswordWeakness } from './password-strength.ts';

parentPort?.on('message', ({ id, password, personal }: Question) => {
  const verdict: Verdict = { id, weakness: findPasswordWeakness(password, personal) };
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort?.postMessage(verdict);
});
