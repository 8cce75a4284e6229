import { z } from 'zod';
import type { ZodOpenApiResponseObject } from 'zod-openapi';
import {
  AppError,
  type AppErrorOptions,
  createValidationError,
  ERROR_CODES,
  type ErrorCode,
  toProblem,
} from '../core/errors.ts';
import type { Endpoint } from '../root.ts';
import { EXAMPLE_MFA_TOKEN } from './examples/shared.ts';
import { REQUEST_ID, RETRY_AFTER, WWW_AUTHENTICATE } from './headers.ts';

const CODES = Object.keys(ERROR_CODES);

const memberError = z
  .object({
    path: z.string().describe('The invalid member, such as `email` or `data.profiles.0.url`'),
    message: z.string().describe('For people'),
    code: z.string().describe('For programs'),
  })
  .meta({ id: 'MemberError' });

const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().describe('For people; programs act on `code`'),
    code: z.enum(CODES).meta({ id: 'ErrorCode' }),
    requestId: z.string().describe('Identifies the request in the log of the server'),
    currentVersion: z
      .number()
      .int()
      .optional()
      .describe('For `PRECONDITION_FAILED`: the version of what you wanted to change'),
    methods: z
      .array(z.string())
      .optional()
      .describe(
        'For `REAUTHENTICATION_REQUIRED` and `MFA_REQUIRED`: what would do, such as `password`; `sign_in` is a new sign-in, and `login_link` one by mail',
      ),
    mfaToken: z.string().optional().describe('For `MFA_REQUIRED`: what `POST /api/login/mfa` needs'),
    errors: z.array(memberError).optional().describe('For `VALIDATION_FAILED`: one item per invalid member'),
  })
  .meta({ id: 'Problem', description: 'Problem details of RFC 9457' });

const EXAMPLE_ERROR = { path: 'email', message: 'Enter your email', code: 'required' };
const EXAMPLE_REQUEST_ID = 'b6hv3yw7p2-42';

/** Members that only some problems have. */
const EXAMPLE_MEMBERS: Partial<Record<ErrorCode, AppErrorOptions>> = {
  REAUTHENTICATION_REQUIRED: { methods: ['password', 'sign_in'] },
  MFA_REQUIRED: { methods: ['totp', 'recovery_code'], mfaToken: EXAMPLE_MFA_TOKEN },
};

function buildProblemExample(code: ErrorCode) {
  const error =
    code === 'VALIDATION_FAILED'
      ? createValidationError(EXAMPLE_ERROR)
      : new AppError(code, ERROR_CODES[code][1], EXAMPLE_MEMBERS[code]);
  return { summary: ERROR_CODES[code][1], value: toProblem(error, EXAMPLE_REQUEST_ID) };
}

const toPascalCase = (code: ErrorCode): string =>
  code.toLowerCase().replace(/(?:^|_)(\w)/g, (_match, letter: string) => letter.toUpperCase());
const toResponseName = (codes: ErrorCode[]): string => codes.map(toPascalCase).join('Or');

function listErrorCodes({ access, action, rest, idempotent, fresh, procedure }: Endpoint): ErrorCode[] {
  const codes = new Set<ErrorCode>([...(rest.errors ?? []), 'RATE_LIMITED', 'INTERNAL', 'UNAVAILABLE']);
  if (procedure._def.inputs.length > 0) codes.add('VALIDATION_FAILED');
  if (access !== 'public')
    codes.add('UNAUTHENTICATED').add('SESSION_EXPIRED').add('INVALID_KEY').add('INSUFFICIENT_SCOPE');
  if (access === 'admin') codes.add('FORBIDDEN');
  if (action) codes.add('NOT_FOUND').add('ROLE_REQUIRED');
  if (fresh) codes.add('REAUTHENTICATION_REQUIRED');
  if (idempotent) codes.add('IDEMPOTENCY_IN_PROGRESS').add('IDEMPOTENCY_MISMATCH');
  if (rest.method !== 'GET')
    codes.add('CSRF_REJECTED').add('PAYLOAD_TOO_LARGE').add('UNSUPPORTED_MEDIA_TYPE');
  return [...codes].toSorted((one, other) => CODES.indexOf(one) - CODES.indexOf(other));
}

const groupByStatus = (endpoint: Endpoint): Map<number, ErrorCode[]> =>
  Map.groupBy(listErrorCodes(endpoint), (code) => ERROR_CODES[code][0]);

export const listErrorReferences = (endpoint: Endpoint): [number, { $ref: string }][] =>
  [...groupByStatus(endpoint)].map(([status, codes]) => [
    status,
    { $ref: `#/components/responses/${toResponseName(codes)}` },
  ]);

function buildErrorResponse(status: number, codes: ErrorCode[]): ZodOpenApiResponseObject {
  const examples = Object.fromEntries(codes.map((code) => [code, buildProblemExample(code)]));
  return {
    description: codes.map((code) => `\`${code}\`: ${ERROR_CODES[code][1]}`).join('; '),
    headers: {
      ...REQUEST_ID,
      ...(status === 401 && WWW_AUTHENTICATE),
      ...((status === 429 || status === 503) && RETRY_AFTER),
    },
    content: { 'application/problem+json': { schema: problem, examples } },
  };
}

/** One shared response per set of codes that an operation answers with the same status. */
export function buildErrorResponses(endpoints: Endpoint[]): Record<string, ZodOpenApiResponseObject> {
  const sets = endpoints.flatMap((endpoint) => [...groupByStatus(endpoint)]);
  return Object.fromEntries(
    sets.map(([status, codes]) => [toResponseName(codes), buildErrorResponse(status, codes)]),
  );
}
