import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import type { appRouter } from '../../root.ts';

type Inputs = inferRouterInputs<typeof appRouter>;
type Outputs = inferRouterOutputs<typeof appRouter>;

// JSON has no files.
type Body<I> = I extends unknown ? { [Key in keyof I]?: I[Key] extends Blob ? string : I[Key] } : never;

/**
 * A body has no members of the path. Bodies can be sent as they are to a new server, in the order of the document, except
 * for tokens from mails and IDs, which no document can know.
 */
type Example<I, O> = {
  body?: Body<NonNullable<I>>;
  /** Several, by what they show. */
  bodies?: Record<string, Body<NonNullable<I>>>;
  answer?: O;
};

/** One example per procedure of a router. */
export type RouterExamples<R extends keyof Inputs> = {
  [P in keyof Inputs[R]]: Example<Inputs[R][P], Outputs[R][P]>;
};
