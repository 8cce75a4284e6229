import type { LinkgroveError } from '../src/index.ts';

/** Returns the error of a call that must fail. */
export const catchFailure = (call: Promise<unknown>): Promise<LinkgroveError> =>
  call.then(
    () => {
      throw new Error('The call did not fail');
    },
    (error: unknown) => error as LinkgroveError,
  );
