export { listEventTypes } from './features/webhooks/service.ts';
import { generateOpenApiDocument, type OpenAPIObject } from 'trpc-to-openapi';
import { z } from 'zod';
import { type Action, listRolesAllowed, ROLES } from './core/access.ts';
import { ERROR_CODES, type ErrorCode } from './core/errors.ts';
import {
  buildEventJsonSchema,
  createExampleBody,
  EVENT_TYPES,
  EVENTS,
  type EventType,
} from './features/events/schema.ts';
import { appRouter, type Endpoint, endpoints } from './root.ts';

const CODES = Object.keys(ERROR_CODES);

const TAGS = {
  Authentication: 'Accounts, their sessions and their emails.',
  Account: 'The signed-in user.',
  Sessions: 'Where the user is signed in.',
  Referrals: 'Referral links and the referrals made with them.',
  Rewards: 'Credits, and what they can be spent on.',
  Workspaces: 'Who owns pages: personal workspaces and teams, with members and roles.',
  Pages: 'Pages, their handles and their blocks.',
  Webhooks: 'Events of a workspace, sent to URLs of its own.',
  'Public pages': 'Pages as visitors see them.',
  Administration: 'For administrators. Every action leaves a security event.',
};

const DESCRIPTION = `Backend for link-in-bio pages with a referral engine.

Sign in to get a session: browsers keep it in HttpOnly cookies, other clients send the access token as
\`Authorization: Bearer\`. Every failure is \`application/problem+json\` with a \`code\` to act on and the
\`requestId\` that the server logs. The same procedures are served over tRPC at \`/trpc\`.`;

const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    code: z.enum(CODES),
    requestId: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string(), code: z.string() })).optional(),
  })
  .meta({ id: 'Problem', description: 'Problem details of RFC 9457' });

type Components = NonNullable<OpenAPIObject['components']>;
type Operation = NonNullable<NonNullable<OpenAPIObject['paths']>[string]['get']>;
type Schemas = NonNullable<Components['schemas']>;
type SharedResponses = NonNullable<Components['responses']>;

const OPERATION_KEYS = { GET: 'get', POST: 'post', PUT: 'put', PATCH: 'patch', DELETE: 'delete' } as const;

const SUCCESS = { 200: 'Done', 201: 'Created', 202: 'Accepted', 204: 'Done, without content' };

function listErrorCodes({ access, action, rest, idempotent }: Endpoint, hasInput: boolean): ErrorCode[] {
  const codes = new Set<ErrorCode>([...(rest.errors ?? []), 'RATE_LIMITED', 'INTERNAL', 'UNAVAILABLE']);
  if (hasInput) codes.add('VALIDATION_FAILED');
  if (idempotent) codes.add('IDEMPOTENCY_IN_PROGRESS').add('IDEMPOTENCY_MISMATCH');
  if (access !== 'public') codes.add('UNAUTHENTICATED').add('SESSION_EXPIRED');
  if (access === 'admin') codes.add('FORBIDDEN');
  if (action) codes.add('NOT_FOUND').add('ROLE_REQUIRED');
  if (rest.method !== 'GET')
    codes.add('CSRF_REJECTED').add('PAYLOAD_TOO_LARGE').add('UNSUPPORTED_MEDIA_TYPE');
  return [...codes].toSorted((one, other) => CODES.indexOf(one) - CODES.indexOf(other));
}

const toPascalCase = (code: ErrorCode): string =>
  code.toLowerCase().replace(/(?:^|_)(\w)/g, (_match, letter: string) => letter.toUpperCase());

function shareErrorResponse(shared: SharedResponses, codes: ErrorCode[]): { $ref: string } {
  const name = codes.map(toPascalCase).join('Or');
  shared[name] ??= {
    description: codes.map((code) => `\`${code}\``).join(', '),
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
  return { $ref: `#/components/responses/${name}` };
}

/** The generator puts the input of a DELETE into the query, but we read it from the body. */
function moveInputToBody(operation: Operation): void {
  const properties: Schemas = {};
  const required: string[] = [];
  operation.parameters = (operation.parameters ?? []).filter((parameter) => {
    if (!('in' in parameter) || parameter.in !== 'query') return true;
    properties[parameter.name] = parameter.schema ?? {};
    if (parameter.required) required.push(parameter.name);
    return false;
  });
  if (Object.keys(properties).length === 0) return;
  const schema = { type: 'object' as const, properties, required, additionalProperties: false };
  operation.requestBody = { required: true, content: { 'application/json': { schema } } };
}

function addVersionHeaders(operation: Operation, { method, success }: Endpoint['rest']): void {
  const schema = { type: 'string' as const, example: '"3"' };
  if (method === 'PATCH' || method === 'DELETE') {
    const description = 'The ETag of the version that is changed';
    (operation.parameters ??= []).push({ name: 'If-Match', in: 'header', description, schema });
  }
  const done = operation.responses?.[success ?? 200];
  if (done?.content) done.headers = { ETag: { description: 'The version that is shown', schema } };
}

function describeAction(operation: Operation, action: Action): void {
  const roles = listRolesAllowed(action);
  const needed =
    roles.length === ROLES.length
      ? 'Every member of the workspace may do this'
      : `Needs the role ${roles.join(', ')}`;
  operation.description = [operation.description, `${needed} (\`${action}\`).`].filter(Boolean).join(' ');
}

function addIdempotencyHeader(operation: Operation): void {
  const description =
    'Makes retries safe: for 24 hours, a repeat with the same key and body changes nothing and gets the first answer';
  const schema = { type: 'string' as const, minLength: 1, maxLength: 255, pattern: '^[!-~]+$' };
  (operation.parameters ??= []).push({ name: 'Idempotency-Key', in: 'header', description, schema });
}

function completeOperation(operation: Operation, endpoint: Endpoint, shared: SharedResponses): void {
  const { name, access, action, rest } = endpoint;
  operation.operationId = name;
  if (action) describeAction(operation, action);
  if (rest.method === 'DELETE') moveInputToBody(operation);
  operation.security = access === 'public' ? [] : [{ bearer: [] }, { cookie: [] }];
  const status = rest.success ?? 200;
  const content = status === 204 ? undefined : operation.responses?.['200']?.content;
  const hasInput = operation.requestBody !== undefined || (operation.parameters ?? []).length > 0;
  if (operation.requestBody && !('required' in operation.requestBody && operation.requestBody.required))
    delete operation.requestBody;
  if (operation.parameters?.length === 0) delete operation.parameters;
  operation.responses = { [status]: { description: SUCCESS[status], ...(content && { content }) } };
  if (rest.versioned) addVersionHeaders(operation, rest);
  if (endpoint.idempotent) addIdempotencyHeader(operation);
  const byStatus = Map.groupBy(listErrorCodes(endpoint, hasInput), (code) => ERROR_CODES[code][0]);
  for (const [errorStatus, codes] of byStatus)
    operation.responses[errorStatus] = shareErrorResponse(shared, codes);
}

const FORMATS_WITH_PATTERN = new Set<unknown>(['uuid', 'date', 'date-time', 'email']);

function dropFormatPatterns(node: unknown): void {
  if (typeof node !== 'object' || node === null) return;
  if ('pattern' in node && 'format' in node && FORMATS_WITH_PATTERN.has(node.format)) delete node.pattern;
  Object.values(node).forEach(dropFormatPatterns);
}

const SIGNATURE_HEADERS = {
  'webhook-id': 'Names the event; the same at every attempt',
  'webhook-timestamp': 'When the attempt was made, in seconds since 1970',
  'webhook-signature': '`v1,` and the Base64 of an HMAC-SHA256; a list during the rotation of a secret',
};

/** The requests that we send, in the form that OpenAPI has for them. */
const buildWebhookItem = (type: EventType) => ({
  post: {
    operationId: type,
    tags: ['Webhooks'],
    summary: EVENTS[type].description.split(/[.;] /)[0]?.replace(/\.$/, '') ?? type,
    description: EVENTS[type].description,
    security: [],
    parameters: Object.entries(SIGNATURE_HEADERS).map(([name, description]) => ({
      name,
      in: 'header' as const,
      description,
      required: true,
      schema: { type: 'string' as const },
    })),
    requestBody: {
      required: true,
      content: {
        'application/json': { schema: buildEventJsonSchema(type), example: createExampleBody(type) },
      },
    },
    responses: {
      '2XX': { description: 'Received' },
      '410': { description: 'Unsubscribes: the webhook is disabled' },
      default: { description: 'Failed: tried again later' },
    },
  },
});

const isOwnSchema = ([name]: [string, unknown]) => !name.startsWith('error.');

export function buildOpenApiDocument() {
  const document = generateOpenApiDocument(appRouter, {
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
  const responses: SharedResponses = {};
  for (const endpoint of endpoints) {
    const { path, method } = endpoint.rest;
    const operation = document.paths?.[path]?.[OPERATION_KEYS[method]];
    if (operation) completeOperation(operation, endpoint, responses);
  }
  const schemas = Object.fromEntries(Object.entries(document.components?.schemas ?? {}).filter(isOwnSchema));
  dropFormatPatterns(document);
  return {
    ...document,
    webhooks: Object.fromEntries(EVENT_TYPES.map((type) => [type, buildWebhookItem(type)])),
    components: { ...document.components, schemas, responses },
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
  };
}
