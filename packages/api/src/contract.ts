import type { TRPCBuiltRouter, inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import type { Problem } from './core/errors.ts';
import type { procedures } from './root.ts';

export type { ErrorCode, MemberError, Problem } from './core/errors.ts';

type ErrorShape = { message: string; code: number; data: Problem };

/** The API as clients see it: the router's type without the server's context. */
export type AppRouter = TRPCBuiltRouter<
  { ctx: object; meta: object; errorShape: ErrorShape; transformer: false },
  typeof procedures
>;

export type ApiInputs = inferRouterInputs<AppRouter>;
export type ApiOutputs = inferRouterOutputs<AppRouter>;
