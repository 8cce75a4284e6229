export const ERROR_CODES = {
  VALIDATION_FAILED: [400, 'The request is not valid'],
  UNAUTHENTICATED: [401, 'Sign-in required'],
  INVALID_CREDENTIALS: [401, 'Wrong credentials'],
  SESSION_EXPIRED: [401, 'Session expired'],
  FORBIDDEN: [403, 'Not allowed'],
  CSRF_REJECTED: [403, 'Cross-site request rejected'],
  EMAIL_NOT_VERIFIED: [403, 'Email not verified'],
  REAUTHENTICATION_REQUIRED: [403, 'Password required again'],
  ROLE_REQUIRED: [403, 'Another role required'],
  NOT_FOUND: [404, 'Not found'],
  METHOD_NOT_ALLOWED: [405, 'Method not allowed'],
  NOT_ACCEPTABLE: [406, 'Not acceptable'],
  EMAIL_TAKEN: [409, 'Email taken'],
  USERNAME_TAKEN: [409, 'Username taken'],
  HANDLE_TAKEN: [409, 'Handle taken'],
  REFERRAL_CODE_TAKEN: [409, 'Referral code taken'],
  LAST_OWNER: [409, 'Last owner'],
  CONFLICT: [409, 'Conflict'],
  TOKEN_EXPIRED: [410, 'Token expired'],
  PRECONDITION_FAILED: [412, 'Precondition failed'],
  PAYLOAD_TOO_LARGE: [413, 'Payload too large'],
  UNSUPPORTED_MEDIA_TYPE: [415, 'Unsupported media type'],
  INVALID_REFERRAL_CODE: [422, 'Invalid referral code'],
  REFERRAL_CODE_EXPIRED: [422, 'Referral code expired'],
  SELF_REFERRAL: [422, 'Self-referral'],
  INSUFFICIENT_CREDITS: [422, 'Insufficient credits'],
  LIMIT_REACHED: [422, 'Limit reached'],
  RATE_LIMITED: [429, 'Too many requests'],
  INTERNAL: [500, 'Internal error'],
  UNAVAILABLE: [503, 'Temporarily unavailable'],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** `path` is like `email` or `blocks.0.title`; programs act on `code`. */
export type MemberError = { path: string; message: string; code: string };

export type AppErrorOptions = { errors?: MemberError[]; retryAfterSeconds?: number; cause?: unknown };

export class AppError extends Error {
  override name = 'AppError';
  readonly code: ErrorCode;
  readonly errors: MemberError[] | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, detail: string, options: AppErrorOptions = {}) {
    super(detail, { cause: options.cause });
    this.code = code;
    this.errors = options.errors;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  get status(): number {
    return ERROR_CODES[this.code][0];
  }
}

export function createValidationError(...errors: MemberError[]): AppError {
  const detail = errors.map((error) => `${error.path}: ${error.message}`).join('; ');
  return new AppError('VALIDATION_FAILED', detail, { errors });
}

/** Problem details (RFC 9457). */
export type Problem = {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ErrorCode;
  requestId: string;
  errors?: MemberError[];
};

export function toProblem(error: AppError, requestId: string): Problem {
  const [status, title] = ERROR_CODES[error.code];
  return {
    type: `urn:linkgrove:problem:${error.code.toLowerCase().replaceAll('_', '-')}`,
    title,
    status,
    detail: error.message,
    code: error.code,
    requestId,
    ...(error.errors && { errors: error.errors }),
  };
}

export const hasErrorCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;
