import {
  type AnyTRPCProcedure,
  getTRPCErrorFromUnknown,
  TRPCError,
  type TRPCProcedureType,
} from '@trpc/server';
import { z } from 'zod';
import type { Ctx } from '../core/context.ts';

/** Calls a procedure with its unparsed input. Throws a `TRPCError`. */
export type ProcedureCall = (ctx: Ctx, getRawInput: () => Promise<unknown>) => Promise<unknown>;

type Result = { ok: true; data: unknown } | { ok: false; error: TRPCError };
type Change = { ctx?: object; input?: unknown };
type Options = {
  ctx: object;
  input: unknown;
  getRawInput: () => Promise<unknown>;
  type: TRPCProcedureType;
  path: string;
  meta: unknown;
  signal: undefined;
  batchIndex: number;
  next: (change?: Change) => Promise<Result>;
};
type Middleware = { (options: Options): Promise<Result>; _type?: 'input' | 'output' };
type Step = (ctx: object, input: unknown, getRawInput: () => Promise<unknown>) => Promise<Result>;

const isMiddlewareList = (value: unknown): value is Middleware[] =>
  Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'function');

function listMiddlewares({ _def: definition }: AnyTRPCProcedure): Middleware[] {
  if ('middlewares' in definition && isMiddlewareList(definition.middlewares)) return definition.middlewares;
  throw new Error('This version of tRPC keeps the middlewares of a procedure elsewhere');
}

// tRPC's own input and output middlewares await `parseAsync`, which does without zod's compiled parsers.
const createInputStep =
  (schema: z.ZodType, next: Step): Step =>
  async (ctx, _input, getRawInput) => {
    const { success, data, error } = schema.safeParse(await getRawInput());
    if (!success) throw new TRPCError({ code: 'BAD_REQUEST', cause: error });
    return next(ctx, data, getRawInput);
  };

const createOutputStep =
  (schema: z.ZodType, next: Step): Step =>
  async (ctx, input, getRawInput) => {
    const result = await next(ctx, input, getRawInput);
    if (!result.ok) return result;
    const { success, data, error } = schema.safeParse(result.data);
    if (success) return { ok: true, data };
    throw new TRPCError({ code: 'INTERNAL_SERVER_ERROR', message: 'Output validation failed', cause: error });
  };

/** Calls the middleware as tRPC does. */
const createMiddlewareStep =
  (middleware: Middleware, fixed: Pick<Options, 'type' | 'path' | 'meta'>, next: Step): Step =>
  (ctx, input, getRawInput) =>
    middleware({
      ctx,
      input,
      getRawInput,
      type: fixed.type,
      path: fixed.path,
      meta: fixed.meta,
      signal: undefined,
      batchIndex: 0,
      next: (change) =>
        next(
          change?.ctx ? { ...ctx, ...change.ctx } : ctx,
          change && 'input' in change ? change.input : input,
          getRawInput,
        ),
    });

const catchErrors =
  (step: Step): Step =>
  async (ctx, input, getRawInput) => {
    try {
      return await step(ctx, input, getRawInput);
    } catch (cause) {
      return { ok: false, error: getTRPCErrorFromUnknown(cause) };
    }
  };

/**
 * Chains the middlewares of a procedure once, with the semantics of tRPC's own loop, which copies all options through
 * compiled helpers at every step of every call.
 */
export function buildProcedureCall(path: string, procedure: AnyTRPCProcedure): ProcedureCall {
  const { type, meta, inputs } = procedure._def;
  const [inputSchema] = inputs;
  const outputSchema = 'output' in procedure._def ? procedure._def.output : undefined;
  const toStep = (next: Step, middleware: Middleware): Step => {
    const { _type: kind } = middleware;
    if (kind === 'input' && inputs.length === 1 && inputSchema instanceof z.ZodType)
      return createInputStep(inputSchema, next);
    if (kind === 'output' && outputSchema instanceof z.ZodType) return createOutputStep(outputSchema, next);
    return createMiddlewareStep(middleware, { type, path, meta }, next);
  };
  const end: Step = () => Promise.reject(new Error('The resolver called next'));
  const run = listMiddlewares(procedure).reduceRight<Step>(
    (next, middleware) => catchErrors(toStep(next, middleware)),
    end,
  );
  return async (ctx, getRawInput) => {
    const result = await run(ctx, undefined, getRawInput);
    if (!result.ok) throw result.error;
    return result.data;
  };
}
