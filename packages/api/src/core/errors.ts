export const ERROR_CODES = {
  VALIDATION_FAILED: [400, 'Something is missing or wrong'],
  UNAUTHENTICATED: [401, 'Please sign in'],
  INVALID_CREDENTIALS: [401, 'Wrong sign-in details'],
  INVALID_KEY: [401, 'Invalid API key'],
  MFA_REQUIRED: [401, 'Enter a code'],
  SESSION_EXPIRED: [401, 'Your session has ended'],
  FORBIDDEN: [403, 'Not allowed'],
  CSRF_REJECTED: [403, 'Request from another site'],
  EMAIL_NOT_VERIFIED: [403, 'Email not verified'],
  INSUFFICIENT_SCOPE: [403, 'The API key may not do this'],
  REAUTHENTICATION_REQUIRED: [403, 'Confirm that it is you'],
  MFA_SETUP_REQUIRED: [403, 'Set up a second factor'],
  ROLE_REQUIRED: [403, 'Another role is needed'],
  PAGE_LOCKED: [403, 'The page is locked'],
  IMPERSONATION_REFUSED: [403, 'Only for the user'],
  NOT_FOUND: [404, 'Not found'],
  METHOD_NOT_ALLOWED: [405, 'Wrong HTTP method'],
  NOT_ACCEPTABLE: [406, 'Format not available'],
  EMAIL_TAKEN: [409, 'Email already in use'],
  USERNAME_TAKEN: [409, 'Username already in use'],
  HANDLE_TAKEN: [409, 'Handle already in use'],
  REFERRAL_CODE_TAKEN: [409, 'Referral code already in use'],
  DOMAIN_TAKEN: [409, 'Domain already in use'],
  LAST_OWNER: [409, 'Last owner'],
  LAST_ADMIN: [409, 'Last administrator'],
  LAST_SIGN_IN_METHOD: [409, 'Last way to sign in'],
  CONFLICT: [409, 'Not possible right now'],
  IDEMPOTENCY_IN_PROGRESS: [409, 'Request still running'],
  TOKEN_EXPIRED: [410, 'This no longer works'],
  PRECONDITION_FAILED: [412, 'Changed by someone else'],
  PAYLOAD_TOO_LARGE: [413, 'Too much data'],
  UNSUPPORTED_MEDIA_TYPE: [415, 'Unsupported content type'],
  INVALID_REFERRAL_CODE: [422, 'Invalid referral code'],
  REFERRAL_CODE_EXPIRED: [422, 'Referral code expired'],
  SELF_REFERRAL: [422, "You can't invite yourself"],
  INSUFFICIENT_CREDITS: [422, 'Not enough credits'],
  IDEMPOTENCY_MISMATCH: [422, 'Idempotency-Key used before'],
  WEBHOOK_URL_REFUSED: [422, 'Webhook URL refused'],
  HOST_BLOCKED: [422, 'Link to a blocked site'],
  LIMIT_REACHED: [422, 'Limit reached'],
  RATE_LIMITED: [429, 'Too many requests'],
  TAKEN_DOWN: [451, 'Page taken down'],
  INTERNAL: [500, 'Something went wrong'],
  UNAVAILABLE: [503, 'Temporarily unavailable'],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** `path` is like `email` or `blocks.0.title`; programs act on `code`. */
export type MemberError = { path: string; message: string; code: string };

export type AppErrorOptions = {
  errors?: MemberError[];
  retryAfterSeconds?: number;
  currentVersion?: number;
  methods?: string[];
  mfaToken?: string;
  cause?: unknown;
};

export class AppError extends Error {
  override name = 'AppError';
  readonly code: ErrorCode;
  readonly errors: MemberError[] | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly currentVersion: number | undefined;
  readonly methods: string[] | undefined;
  readonly mfaToken: string | undefined;

  constructor(code: ErrorCode, detail: string, options: AppErrorOptions = {}) {
    super(detail, { cause: options.cause });
    this.code = code;
    this.errors = options.errors;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.currentVersion = options.currentVersion;
    this.methods = options.methods;
    this.mfaToken = options.mfaToken;
  }

  get status(): number {
    return ERROR_CODES[this.code][0];
  }
}

type TakenCode = Extract<ErrorCode, `${string}_TAKEN`>;

/** All names that can be taken are refused in the same words. */
export const createTakenError = (code: TakenCode): AppError => new AppError(code, ERROR_CODES[code][1]);

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
  /** The version of the object that was to be changed, with `PRECONDITION_FAILED`. */
  currentVersion?: number;
  /** Proofs that would be accepted, with `MFA_REQUIRED` and `REAUTHENTICATION_REQUIRED`. */
  methods?: string[];
  /** For `POST /api/login/mfa`, with `MFA_REQUIRED`. */
  mfaToken?: string;
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
    ...(error.currentVersion !== undefined && { currentVersion: error.currentVersion }),
    ...(error.methods && { methods: error.methods }),
    ...(error.mfaToken !== undefined && { mfaToken: error.mfaToken }),
  };
}

export const hasErrorCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;
