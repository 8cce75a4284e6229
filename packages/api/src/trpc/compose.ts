import {
  type AnyTRPCProcedure,
  getTRPCErrorFromUnknown,
  type TRPCError,
  type TRPCProcedureType,
} from '@trpc/server';
import type { Ctx } from '../core/context.ts';

/** Calls a procedure with its unparsed input. Throws a `TRPCError`. */
export type ProcedureCall = (ctx: Ctx, getRawInput: () => Promise<unknown>) => Promise<unknown>;

type Result = { ok: true; data: unknown } | { ok: false; error: TRPCError };
type Change = { ctx?: object; input?: unknown };
type Middleware = (options: {
  ctx: object;
  input: unknown;
  getRawInput: () => Promise<unknown>;
  type: TRPCProcedureType;
  path: string;
  meta: unknown;
  signal: undefined;
  batchIndex: number;
  next: (change?: Change) => Promise<Result>;
}) => Promise<Result>;
type Step = (ctx: object, input: unknown, getRawInput: () => Promise<unknown>) => Promise<Result>;

const isMiddlewareList = (value: unknown): value is Middleware[] =>
  Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'function');

function listMiddlewares({ _def: definition }: AnyTRPCProcedure): Middleware[] {
  if ('middlewares' in definition && isMiddlewareList(definition.middlewares)) return definition.middlewares;
  throw new Error('This version of tRPC keeps the middlewares of a procedure elsewhere');
}

/**
 * Chains the middlewares of a procedure once, with the semantics of tRPC's own loop, which copies all options through
 * compiled helpers at every step of every call.
 */
export function composeProcedure(path: string, procedure: AnyTRPCProcedure): ProcedureCall {
  const { type, meta } = procedure._def;
  const end: Step = () => Promise.reject(new Error('The resolver called next'));
  const run = listMiddlewares(procedure).reduceRight<Step>(
    (next, middleware) => async (ctx, input, getRawInput) => {
      try {
        return await middleware({
          ctx,
          input,
          getRawInput,
          type,
          path,
          meta,
          signal: undefined,
          batchIndex: 0,
          next: (change) =>
            next(
              change?.ctx ? { ...ctx, ...change.ctx } : ctx,
              change && 'input' in change ? change.input : input,
              getRawInput,
            ),
        });
      } catch (cause) {
        return { ok: false, error: getTRPCErrorFromUnknown(cause) };
      }
    },
    end,
  );
  return async (ctx, getRawInput) => {
    const result = await run(ctx, undefined, getRawInput);
    if (!result.ok) throw result.error;
    return result.data;
  };
}
