import { initTRPC } from '@trpc/server';
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc';
import type { Ctx } from '../core/context.ts';
import { toProblem } from '../core/errors.ts';
import type { ErrorCode } from '../core/errors.ts';
import { toAppError } from './errors.ts';

/** How a procedure stands in REST and in the OpenAPI document. */
export type ProcedureMeta = {
  openapi: {
    method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
    path: `/api/${string}`;
    tags: string[];
    summary: string;
    description?: string;
    /** Needs a session. */
    protect?: boolean;
    /** Status of success; 200 unless said otherwise. */
    success?: 200 | 201 | 202 | 204;
    /** Answers with an ETag and, where it changes something, heeds `If-Match`. */
    versioned?: boolean;
    /** Codes it can answer with, beside those that every procedure can. */
    errors?: ErrorCode[];
  };
};

const t = initTRPC
  .context<Ctx>()
  .meta<ProcedureMeta>()
  .create({
    // Stacks never leave the process, whatever NODE_ENV says.
    isDev: false,
    errorFormatter: ({ error, shape, ctx }) => {
      const problem = toProblem(toAppError(error), ctx?.requestId ?? '');
      return {
        message: problem.detail,
        code: toRpcCode(problem.status) ?? shape.code,
        data: { ...problem, httpStatus: problem.status, path: shape.data.path },
      };
    },
  });

const RPC_CODES: Record<number, keyof typeof TRPC_ERROR_CODES_BY_KEY> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_SUPPORTED',
  409: 'CONFLICT',
  412: 'PRECONDITION_FAILED',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  422: 'UNPROCESSABLE_CONTENT',
  429: 'TOO_MANY_REQUESTS',
  503: 'SERVICE_UNAVAILABLE',
};

/** The JSON-RPC number that tRPC clients know for an HTTP status. */
export function toRpcCode(status: number) {
  const key = RPC_CODES[status];
  return key && TRPC_ERROR_CODES_BY_KEY[key];
}

export const router = t.router;
export const middleware = t.middleware;

/** For everyone. Tells the metrics how long a call took and how it ended. */
export const publicProcedure = t.procedure.use(async ({ ctx, path, next }) => {
  const end = ctx.metrics.procedureSeconds.startTimer({ procedure: path });
  const result = await next();
  end({ code: result.ok ? 'ok' : toAppError(result.error).code });
  return result;
});

/** For those with a live session; the resolver finds it as `ctx.principal`. */
export const authedProcedure = publicProcedure.use(async ({ ctx, next }) =>
  next({ ctx: { ...ctx, principal: await ctx.authenticate() } }),
);

/** For administrators, as the database says at this moment. */
export const adminProcedure = authedProcedure.use(async ({ ctx, next }) => {
  await ctx.requireAdmin(ctx.principal);
  return next();
});
