import { type DbContext, withTransaction } from '@linkgrove/db';
import { initTRPC } from '@trpc/server';
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc';
import { type Action, findScope, type Scope } from '../core/access.ts';
import type {
  AppTrxCtx,
  Ctx,
  ImpersonationPrincipal,
  KeyPrincipal,
  SessionPrincipal,
} from '../core/context.ts';
import { AppError, type ErrorCode, toProblem } from '../core/errors.ts';
import { createImpersonationRefusedError, requireImpersonable } from '../core/impersonation.ts';
import { OPEN_WITHOUT_FACTOR } from '../core/required-factor.ts';
import { toAppError } from './errors.ts';

export type Access = 'public' | 'user' | 'admin';

export type RestMeta = {
  method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  path: `/api/${string}`;
  tags: string[];
  summary: string;
  description?: string;
  success?: 200 | 201 | 202 | 204;
  /** Answers with an ETag and, where it changes something, honours `If-Match`. */
  versioned?: boolean;
  /** Answers with an ETag of its content, and 304 to those who have it. */
  conditional?: boolean;
  /** The input is a form with a file, over REST and tRPC alike. */
  multipart?: boolean;
  /** Codes of the procedure's own failures; those that follow from its kind and method are added. */
  errors?: ErrorCode[];
};

/**
 * tRPC merges them: the base procedure sets `access` and, if it is open to API keys, the `scope` that they need,
 * `memberProcedure` the `action`, each procedure its `openapi`, `idempotent` and `freshlyProven` set themselves.
 */
type ProcedureMeta =
  | { access: Access; scope?: Scope | undefined }
  | { action: Action }
  | { openapi: RestMeta }
  | { idempotent: true }
  | { fresh: true };

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
  406: 'BAD_REQUEST',
  409: 'CONFLICT',
  412: 'PRECONDITION_FAILED',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  422: 'UNPROCESSABLE_CONTENT',
  429: 'TOO_MANY_REQUESTS',
  451: 'FORBIDDEN',
  503: 'SERVICE_UNAVAILABLE',
};

export function toRpcCode(status: number) {
  const key = RPC_CODES[status];
  return key && TRPC_ERROR_CODES_BY_KEY[key];
}

export const router = t.router;
export const middleware = t.middleware;
export const procedure = t.procedure;

/** A wrong API key is refused, and a right one counted, even where nobody has to sign in. */
export const publicProcedure = t.procedure
  .meta({ access: 'public' })
  .use(async ({ ctx, path, next }) => {
    const start = performance.now();
    const result = await next();
    const code = result.ok ? 'ok' : toAppError(result.error).code;
    ctx.metrics.procedureSeconds.observe({ procedure: path, code }, (performance.now() - start) / 1_000);
    return result;
  })
  .use(async ({ ctx, next }) => {
    if (ctx.credentials.apiKey !== undefined) await ctx.authenticate();
    return next();
  });

const createKeyRefusedError = () =>
  new AppError('INSUFFICIENT_SCOPE', 'API keys cannot do this. Sign in instead.');

async function requireFactor(ctx: Ctx, principal: SessionPrincipal, procedureName: string): Promise<void> {
  if (ctx.config.userRequiresMfa && !OPEN_WITHOUT_FACTOR.has(procedureName))
    await ctx.requireSecondFactor(principal);
}

/** Closed to API keys, and to administrators who act as a user. */
export const authedProcedure = publicProcedure.meta({ access: 'user' }).use(async ({ ctx, path, next }) => {
  const principal = await ctx.authenticate();
  if (principal.kind === 'key') throw createKeyRefusedError();
  if (principal.kind === 'impersonation') throw createImpersonationRefusedError();
  await requireFactor(ctx, principal, path);
  return next({ ctx: { principal } });
});

function requireScope({ scopes }: KeyPrincipal, scope: Scope | undefined): void {
  if (scope === undefined) throw createKeyRefusedError();
  if (!scopes.includes(scope))
    throw new AppError(
      'INSUFFICIENT_SCOPE',
      `This API key does not have the scope ${scope}, which this needs`,
    );
}

/** The change and its audit entry commit together, so that neither can be without the other. */
const runImpersonatedChange = <T extends { ok: true } | { ok: false; error: Error }>(
  ctx: Ctx,
  { principal, procedureName }: { principal: ImpersonationPrincipal; procedureName: string },
  act: (trx: AppTrxCtx) => Promise<T>,
): Promise<T> =>
  withTransaction(ctx, async (trx) => {
    const result = await act(trx);
    if (!result.ok) throw result.error;
    await ctx.recordImpersonatedChange(trx, principal, procedureName);
    return result;
  });

/**
 * Open to API keys that have the scope, and to no key without one. Administrators who act as a user may call what is in
 * `IMPERSONABLE`, and each call is recorded.
 */
export const scopedProcedure = (scope: Scope | undefined) =>
  publicProcedure.meta({ access: 'user', scope }).use(async ({ ctx, path, type, next }) => {
    const principal = await ctx.authenticate();
    const adminId = principal.kind === 'impersonation' ? principal.actorId : undefined;
    const act = ({ db, commitHooks }: DbContext) => next({ ctx: { principal, adminId, db, commitHooks } });
    if (principal.kind === 'key') requireScope(principal, scope);
    if (principal.kind === 'session') await requireFactor(ctx, principal, path);
    if (principal.kind !== 'impersonation') return act(ctx);
    requireImpersonable(path);
    const { requestId } = ctx;
    ctx.logger.info({ ...principal, requestId, procedure: path }, 'impersonated call');
    if (type !== 'mutation') return act(ctx);
    return runImpersonatedChange(ctx, { principal, procedureName: path }, act);
  });

/**
 * For something in a workspace. The service passes the action on to the door, `requireRole` of workspaces. API keys
 * need the scope of the same name.
 */
export const memberProcedure = (action: Action) =>
  scopedProcedure(findScope(action))
    .meta({ action })
    .use(({ next }) => next({ ctx: { action } }));

/** The role is read from the database on each call. Security events of the call are part of the audit log. */
export const adminProcedure = authedProcedure.meta({ access: 'admin' }).use(async ({ ctx, next }) => {
  await ctx.requireAdmin(ctx.principal);
  return next({ ctx: { adminId: ctx.principal.userId } });
});
