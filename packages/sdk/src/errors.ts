import type { AppRouter, ErrorCode, MemberError, Problem } from '@linkgrove/api/contract';
import { TRPCClientError } from '@trpc/client';

/** The API's codes, `NETWORK` (no answer in time), `ABORTED` (by the caller's `signal`) and `UNSUPPORTED` (by the platform). */
export type LinkgroveErrorCode = ErrorCode | 'NETWORK' | 'ABORTED' | 'UNSUPPORTED';

export type LinkgroveErrorInit = {
  code: LinkgroveErrorCode;
  status: number;
  detail: string;
  errors?: MemberError[] | undefined;
  requestId?: string | undefined;
  retryAfter?: number | undefined;
  methods?: string[] | undefined;
  mfaToken?: string | undefined;
};

type TrpcPart = Pick<TRPCClientError<AppRouter>, 'meta' | 'shape'> & { cause?: unknown };

/** A failed call. Branch on `code`; show `detail`, or each item of `errors` next to its input. */
export class LinkgroveError extends TRPCClientError<AppRouter> {
  readonly code: LinkgroveErrorCode;
  /** HTTP status; 0 if there was no answer. */
  readonly status: number;
  /** For people, in English; the same as `message`. */
  readonly detail: string;
  /** One item per invalid member, on `VALIDATION_FAILED`. */
  readonly errors: MemberError[] | undefined;
  /** Identifies this call in the server's log; undefined if there was no answer. */
  readonly requestId: string | undefined;
  /** Seconds to wait before retrying, on `RATE_LIMITED` and `UNAVAILABLE`. */
  readonly retryAfter: number | undefined;
  /** Proofs that would be accepted, on `MFA_REQUIRED` and `REAUTHENTICATION_REQUIRED`, such as `password` or `totp`. */
  readonly methods: string[] | undefined;
  /** For `auth.loginMfa`, on `MFA_REQUIRED`. */
  readonly mfaToken: string | undefined;

  constructor(init: LinkgroveErrorInit, trpc: TrpcPart = { meta: undefined, shape: undefined }) {
    const { shape, cause, meta } = trpc;
    super(init.detail, {
      ...(shape ? { result: { error: shape } } : {}),
      ...(cause instanceof Error && { cause }),
      ...(meta && { meta }),
    });
    // TRPCClientError's constructor resets the prototype to its own.
    Object.setPrototypeOf(this, new.target.prototype);
    this.name = 'LinkgroveError';
    this.code = init.code;
    this.status = init.status;
    this.detail = init.detail;
    this.errors = init.errors;
    this.requestId = init.requestId;
    this.retryAfter = init.retryAfter;
    this.methods = init.methods;
    this.mfaToken = init.mfaToken;
  }
}

/** Unlike `instanceof`, it also works when a bundle contains this package twice. */
export function isLinkgroveError<Code extends LinkgroveErrorCode>(
  value: unknown,
  code?: Code,
): value is LinkgroveError & { readonly code: Code } {
  if (!(value instanceof Error) || value.name !== 'LinkgroveError') return false;
  return code === undefined || ('code' in value && value.code === code);
}

const isProblem = (value: unknown): value is Problem =>
  typeof value === 'object' &&
  value !== null &&
  'code' in value &&
  typeof value.code === 'string' &&
  'status' in value &&
  typeof value.status === 'number';

/** A `fetch` of the caller may bring its own Response class. */
export const isResponse = (value: unknown): value is Response =>
  typeof value === 'object' && value !== null && 'headers' in value && 'status' in value;

export const toError = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error(String(thrown));

const readHeader = (response: Response | undefined, name: string): string | undefined =>
  response?.headers.get(name) ?? undefined;

function readRetryAfter(response: Response | undefined): number | undefined {
  const seconds = Number.parseInt(readHeader(response, 'retry-after') ?? '', 10);
  return Number.isNaN(seconds) ? undefined : seconds;
}

export const createAbortedError = (): LinkgroveError =>
  new LinkgroveError({ code: 'ABORTED', status: 0, detail: 'The call was aborted' });

/** `ABORTED`, or `NETWORK` if the signal is an `AbortSignal.timeout`. */
export function toAbortError(signal: AbortSignal | null | undefined): LinkgroveError {
  const reason: unknown = signal?.reason;
  if (!(reason instanceof Error) || reason.name !== 'TimeoutError') return createAbortedError();
  const detail = `The API did not answer in time: ${reason.message}`;
  return new LinkgroveError({ code: 'NETWORK', status: 0, detail });
}

export function toLinkgroveError(thrown: unknown): LinkgroveError {
  if (thrown instanceof LinkgroveError) return thrown;
  const error = TRPCClientError.from<AppRouter>(toError(thrown));
  const response = [error.meta?.['response']].find(isResponse);
  const problem = [error.data, error.meta?.['responseJSON']].find(isProblem);
  if (problem) return new LinkgroveError({ ...problem, retryAfter: readRetryAfter(response) }, error);
  const detail = `The API did not answer: ${error.message}`;
  const requestId = readHeader(response, 'x-request-id');
  return new LinkgroveError({ code: 'NETWORK', status: response?.status ?? 0, detail, requestId }, error);
}
