import type { AppRouter, ErrorCode, MemberError, Problem } from '@linkgrove/api/contract';
import { TRPCClientError } from '@trpc/client';

/**
 * Every code of the API, and two of the client's own: `NETWORK` when no answer of the API arrived (in time),
 * `ABORTED` when the caller's `signal` ended the call.
 */
export type LinkgroveErrorCode = ErrorCode | 'NETWORK' | 'ABORTED';

/** What a `LinkgroveError` is made of; its members are described there. */
export type LinkgroveErrorInit = {
  code: LinkgroveErrorCode;
  status: number;
  detail: string;
  errors?: MemberError[] | undefined;
  requestId?: string | undefined;
  retryAfter?: number | undefined;
};

type TrpcPart = Pick<TRPCClientError<AppRouter>, 'meta'> & { shape?: unknown; cause?: unknown };

/** A failed call. Branch on `code`; show `detail`, or each row of `errors` beside its input. */
export class LinkgroveError extends TRPCClientError<AppRouter> {
  /** What went wrong, for programs. */
  readonly code: LinkgroveErrorCode;
  /** HTTP status; 0 where nothing answered. */
  readonly status: number;
  /** What went wrong, for people, in English; the same as `message`. */
  readonly detail: string;
  /** One row per offending member of the input, on `VALIDATION_FAILED`. */
  readonly errors: MemberError[] | undefined;
  /** Names this call in the server's log; undefined where no answer arrived. */
  readonly requestId: string | undefined;
  /** Seconds to wait before the next try, on `RATE_LIMITED` and `UNAVAILABLE`. */
  readonly retryAfter: number | undefined;

  constructor(init: LinkgroveErrorInit, trpc: TrpcPart = { meta: undefined }) {
    const { shape, cause, meta } = trpc;
    super(init.detail, {
      ...(shape ? { result: { error: shape as NonNullable<TRPCClientError<AppRouter>['shape']> } } : {}),
      ...(cause instanceof Error && { cause }),
      ...(meta && { meta }),
    });
    // The constructor above resets the prototype, which would make this a plain TRPCClientError.
    Object.setPrototypeOf(this, new.target.prototype);
    this.name = 'LinkgroveError';
    this.code = init.code;
    this.status = init.status;
    this.detail = init.detail;
    this.errors = init.errors;
    this.requestId = init.requestId;
    this.retryAfter = init.retryAfter;
  }
}

/**
 * Whether a caught value is a failed call, and, where a code is given, failed for that reason. Unlike
 * `instanceof` it also holds when a bundle contains this package twice.
 */
export function isLinkgroveError<Code extends LinkgroveErrorCode>(
  value: unknown,
  code?: Code,
): value is LinkgroveError & { readonly code: Code } {
  if (!(value instanceof Error) || value.name !== 'LinkgroveError') return false;
  return code === undefined || (value as LinkgroveError).code === code;
}

const isProblem = (value: unknown): value is Problem =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as Problem).code === 'string' &&
  typeof (value as Problem).status === 'number';

const headerOf = (response: Partial<Response> | undefined, name: string): string | undefined =>
  response?.headers?.get(name) ?? undefined;

function retryAfterOf(response: Partial<Response> | undefined): number | undefined {
  const seconds = Number.parseInt(headerOf(response, 'retry-after') ?? '', 10);
  return Number.isNaN(seconds) ? undefined : seconds;
}

const wasAborted = (signal: AbortSignal | null | undefined): boolean =>
  signal?.aborted === true && (signal.reason as Error | undefined)?.name !== 'TimeoutError';

/** Turns whatever a link of tRPC failed with into our error. */
export function toLinkgroveError(thrown: unknown, signal?: AbortSignal | null): LinkgroveError {
  if (thrown instanceof LinkgroveError) return thrown;
  const error = TRPCClientError.from<AppRouter>(thrown as Error);
  const response = error.meta?.['response'] as Partial<Response> | undefined;
  // Refusals from before the API's tRPC part, such as a wrong base URL, are the bare problem.
  const problem = [error.data, error.meta?.['responseJSON']].find(isProblem);
  if (problem) return new LinkgroveError({ ...problem, retryAfter: retryAfterOf(response) }, error);
  const code = wasAborted(signal) ? 'ABORTED' : 'NETWORK';
  const detail = code === 'ABORTED' ? 'The call was aborted' : `The API gave no answer: ${error.message}`;
  const requestId = headerOf(response, 'x-request-id');
  return new LinkgroveError({ code, status: response?.status ?? 0, detail, requestId }, error);
}
