import { generateOpenApiDocument, type OpenApiRouter } from 'trpc-to-openapi';
import { z } from 'zod';
import { ERROR_CODES, type ErrorCode } from './core/errors.ts';
import { appRouter, endpoints } from './root.ts';
import type { ProcedureMeta } from './trpc/init.ts';

const TAGS = {
  Authentication: 'Accounts, sessions, and the mails that go with them.',
  Account: 'The signed-in person.',
  Sessions: 'Where someone is signed in.',
  Referrals: 'Referral links and what came of them.',
  Rewards: 'Credits, and what they can be spent on.',
  Pages: 'Pages, their handles and their blocks.',
  'Public pages': 'Pages as visitors see them.',
  Administration: 'For administrators; every act leaves a security event.',
};

const DESCRIPTION = `Backend for link-in-bio pages with a referral engine.

Sign in to get a session: browsers keep it in HttpOnly cookies, others send the access token as
\`Authorization: Bearer\`. Every failure is \`application/problem+json\` with a \`code\` to act on and the
\`requestId\` that the log knows. The same procedures are served over tRPC at \`/trpc\`.`;

const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    code: z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]),
    requestId: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string(), code: z.string() })).optional(),
  })
  .meta({ id: 'Problem', description: 'Problem details of RFC 9457' });

type Operation = {
  operationId: string;
  security?: unknown;
  requestBody?: { required?: boolean; content: object };
  parameters?: unknown[];
  responses: Record<string, { description: string; content?: object; headers?: object }>;
};
type Json = { [key: string]: unknown };

const SUCCESS = { 200: 'Done', 201: 'Created', 202: 'Accepted', 204: 'Done; there is nothing to say' };

/** The codes that an operation can answer with, by status. */
function codesByStatus({ method, protect, errors = [] }: ProcedureMeta['openapi'], hasInput: boolean) {
  const codes = new Set<ErrorCode>([...errors, 'RATE_LIMITED', 'INTERNAL', 'UNAVAILABLE']);
  if (hasInput) codes.add('VALIDATION_FAILED');
  if (protect) codes.add('UNAUTHENTICATED').add('SESSION_EXPIRED');
  if (method !== 'GET') codes.add('CSRF_REJECTED').add('PAYLOAD_TOO_LARGE').add('UNSUPPORTED_MEDIA_TYPE');
  return Map.groupBy([...codes], (code) => ERROR_CODES[code][0]);
}

type Parameter = { name: string; in: string; required?: boolean; schema: object };

/** The generator puts the input of a DELETE into the query; here it is a body, as everywhere but in GET. */
function moveInputToBody(operation: Operation): void {
  const parameters = (operation.parameters ?? []) as Parameter[];
  const members = parameters.filter((parameter) => parameter.in === 'query');
  operation.parameters = parameters.filter((parameter) => parameter.in !== 'query');
  if (members.length === 0) return;
  const schema = {
    type: 'object',
    properties: Object.fromEntries(members.map((member) => [member.name, member.schema])),
    required: members.filter((member) => member.required).map((member) => member.name),
    additionalProperties: false,
  };
  operation.requestBody = { required: true, content: { 'application/json': { schema } } };
}

/** The headers by which an edit names the version that it changes. */
function addVersionHeaders(operation: Operation, { method, success }: ProcedureMeta['openapi']): void {
  const schema = { type: 'string', example: '"3"' };
  if (method === 'PATCH' || method === 'DELETE') {
    const description = 'The ETag of the version that is changed';
    (operation.parameters ??= []).push({ name: 'If-Match', in: 'header', description, schema });
  }
  const done = operation.responses[success ?? 200];
  if (done?.content) done.headers = { ETag: { description: 'The version that is shown', schema } };
}

function completeOperation(operation: Operation, name: string, meta: ProcedureMeta['openapi']): void {
  operation.operationId = name;
  if (meta.method === 'DELETE') moveInputToBody(operation);
  operation.security = meta.protect ? [{ bearer: [] }, { cookie: [] }] : [];
  const status = meta.success ?? 200;
  const content = status === 204 ? undefined : operation.responses['200']?.content;
  const hasInput = operation.requestBody !== undefined || (operation.parameters ?? []).length > 0;
  if (!operation.requestBody?.required) delete operation.requestBody;
  if (operation.parameters?.length === 0) delete operation.parameters;
  operation.responses = { [status]: { description: SUCCESS[status], ...(content && { content }) } };
  if (meta.versioned) addVersionHeaders(operation, meta);
  for (const [errorStatus, codes] of codesByStatus(meta, hasInput)) {
    operation.responses[errorStatus] = {
      description: codes.map((code) => `\`${code}\``).join(', '),
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    };
  }
}

const OWN_PATTERN = new Set(['uuid', 'date', 'date-time', 'email']);

/** Drops the patterns that only spell out a named format. */
function dropFormatPatterns(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  const node = value as Json;
  if (typeof node['format'] === 'string' && OWN_PATTERN.has(node['format'])) delete node['pattern'];
  Object.values(node).forEach(dropFormatPatterns);
}

/**
 * The OpenAPI 3.1 document of the REST API, made from the procedures. The generator knows their shapes; their
 * statuses, errors and security come from our own meta.
 */
export function buildOpenApiDocument() {
  const document = generateOpenApiDocument(appRouter as unknown as OpenApiRouter, {
    title: 'Linkgrove API',
    version: '0.1.0',
    description: DESCRIPTION,
    openApiVersion: '3.1.0',
    baseUrl: '/',
    license: { name: 'MIT', identifier: 'MIT' },
    securitySchemes: {
      bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
      cookie: { type: 'apiKey', in: 'cookie', name: 'access_token' },
    },
    defs: { Problem: problem },
  });
  const paths = document.paths as Record<string, Record<string, Operation>>;
  for (const { name, rest } of endpoints) {
    const operation = paths[rest.path]?.[rest.method.toLowerCase()];
    if (operation) completeOperation(operation, name, rest);
  }
  const schemas = document.components?.schemas ?? {};
  for (const name of Object.keys(schemas)) if (name.startsWith('error.')) delete schemas[name];
  dropFormatPatterns(document);
  return { ...document, tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })) };
}
