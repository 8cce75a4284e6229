import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AppError,
  createTakenError,
  createValidationError,
  ERROR_CODES,
  type ErrorCode,
  toProblem,
} from './errors.ts';

const codes = Object.keys(ERROR_CODES) as ErrorCode[];

describe('a problem', () => {
  it('has the code, its status and its title', () => {
    for (const code of codes) {
      const [status, title] = ERROR_CODES[code];
      expect(toProblem(new AppError(code, 'What went wrong'), 'request-1')).toEqual({
        type: `urn:linkgrove:problem:${code.toLowerCase().replaceAll('_', '-')}`,
        title,
        status,
        detail: 'What went wrong',
        code,
        requestId: 'request-1',
      });
    }
  });

  it('has a distinct type URI for every code', () => {
    const types = codes.map((code) => toProblem(new AppError(code, ''), '').type);
    expect(new Set(types).size).toBe(codes.length);
    for (const type of types) expect(URL.canParse(type)).toBe(true);
  });

  it('lists the wrong members, and has no list if there are none', () => {
    const errors = [{ path: 'email', message: 'Must be an email address', code: 'custom' }];
    expect(toProblem(new AppError('VALIDATION_FAILED', 'x', { errors }), 'r').errors).toEqual(errors);
    expect(toProblem(new AppError('VALIDATION_FAILED', 'x'), 'r')).not.toHaveProperty('errors');
  });

  it('contains nothing of its cause', () => {
    fc.assert(
      fc.property(fc.constantFrom(...codes), fc.uuid(), (code, secret) => {
        const cause = Object.assign(new Error(secret), { detail: secret });
        const problem = toProblem(
          new AppError(code, 'What went wrong', { cause, retryAfterSeconds: 3 }),
          'r',
        );
        expect(JSON.stringify(problem)).not.toContain(secret);
      }),
    );
  });
});

describe('the titles', () => {
  it('are words of everyday, not of programmers', () => {
    for (const code of codes)
      expect(ERROR_CODES[code][1]).not.toMatch(
        /token|credential|payload|precondition|media|internal|conflict/i,
      );
  });
});

describe('the codes', () => {
  it('have the statuses of the contract', () => {
    const byStatus = Map.groupBy(codes, (code) => ERROR_CODES[code][0]);
    expect(Object.fromEntries(byStatus)).toEqual({
      400: ['VALIDATION_FAILED'],
      401: ['UNAUTHENTICATED', 'INVALID_CREDENTIALS', 'INVALID_KEY', 'MFA_REQUIRED', 'SESSION_EXPIRED'],
      403: [
        'FORBIDDEN',
        'CSRF_REJECTED',
        'EMAIL_NOT_VERIFIED',
        'INSUFFICIENT_SCOPE',
        'REAUTHENTICATION_REQUIRED',
        'MFA_SETUP_REQUIRED',
        'ROLE_REQUIRED',
        'PAGE_LOCKED',
        'IMPERSONATION_REFUSED',
      ],
      404: ['NOT_FOUND'],
      405: ['METHOD_NOT_ALLOWED'],
      406: ['NOT_ACCEPTABLE'],
      409: [
        'EMAIL_TAKEN',
        'USERNAME_TAKEN',
        'HANDLE_TAKEN',
        'REFERRAL_CODE_TAKEN',
        'DOMAIN_TAKEN',
        'LAST_OWNER',
        'LAST_ADMIN',
        'LAST_SIGN_IN_METHOD',
        'CONFLICT',
        'IDEMPOTENCY_IN_PROGRESS',
      ],
      410: ['TOKEN_EXPIRED'],
      412: ['PRECONDITION_FAILED'],
      413: ['PAYLOAD_TOO_LARGE'],
      415: ['UNSUPPORTED_MEDIA_TYPE'],
      422: [
        'INVALID_REFERRAL_CODE',
        'REFERRAL_CODE_EXPIRED',
        'SELF_REFERRAL',
        'INSUFFICIENT_CREDITS',
        'IDEMPOTENCY_MISMATCH',
        'WEBHOOK_URL_REFUSED',
        'HOST_BLOCKED',
        'LIMIT_REACHED',
      ],
      429: ['RATE_LIMITED'],
      451: ['TAKEN_DOWN'],
      500: ['INTERNAL'],
      503: ['UNAVAILABLE'],
    });
  });
});

describe('an expected failure', () => {
  it('has its status, its cause and when to retry', () => {
    const cause = new Error('why');
    const error = new AppError('RATE_LIMITED', 'Too many', { cause, retryAfterSeconds: 7 });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'AppError',
      message: 'Too many',
      status: 429,
      retryAfterSeconds: 7,
      cause,
    });
  });

  it('says in the same words that an email, username, handle or code is taken', () => {
    const taken = (['EMAIL_TAKEN', 'USERNAME_TAKEN', 'HANDLE_TAKEN', 'REFERRAL_CODE_TAKEN'] as const).map(
      (code) => createTakenError(code).message,
    );
    expect(taken).toEqual([
      'Email already in use',
      'Username already in use',
      'Handle already in use',
      'Referral code already in use',
    ]);
  });

  it('for several members names each in its detail', () => {
    const error = createValidationError(
      { path: 'username', message: 'This name is reserved', code: 'reserved' },
      { path: 'password', message: 'Too short', code: 'weak_password' },
    );
    expect(error).toMatchObject({ code: 'VALIDATION_FAILED', status: 400 });
    expect(error.message).toBe('username: This name is reserved; password: Too short');
    expect(error.errors?.map((row) => row.path)).toEqual(['username', 'password']);
  });
});
