import { z } from 'zod';
import type {
  ZodOpenApiOperationObject,
  ZodOpenApiRequestBodyObject,
  ZodOpenApiResponseObject,
} from 'zod-openapi';
import { type Action, listRolesAllowed, ROLES, type Scope } from '../core/access.ts';
import { liveUpdateOutput } from '../features/analytics/live/schema.ts';
import type { Endpoint } from '../root.ts';
import { buildDetailedBodies } from './block-input.ts';
import { buildExamples } from './examples/index.ts';
import { ETAG, listAnswerHeaders, listHeaderParameters, LOCATION, REQUEST_ID } from './headers.ts';
import { listErrorReferences } from './problems.ts';
import { findInnerObject } from './schemas.ts';

const DETAILED_BODIES = buildDetailedBodies();

const SUCCESS = { 200: 'Done', 201: 'Created', 202: 'Accepted', 204: 'Done, without content' };

type Shape = Record<string, z.ZodType>;

const isPathParameter = (path: string, name: string): boolean => path.includes(`{${name}}`);

function splitShape(shape: Shape, path: string): { inPath: Shape; others: Shape } {
  const [inPath = [], others = []] = [true, false].map((wanted) =>
    Object.entries(shape).filter(([name]) => isPathParameter(path, name) === wanted),
  );
  return { inPath: Object.fromEntries(inPath), others: Object.fromEntries(others) };
}

/** Operations that share an input share its component. */
const bodies = new Map<z.ZodObject, z.ZodObject>();

function omitPathMembers(input: z.ZodObject, members: Shape): z.ZodObject {
  if (Object.keys(members).length === Object.keys(input.shape).length) return input;
  const body = bodies.get(input) ?? z.strictObject(members).meta(input.meta() ?? {});
  bodies.set(input, body);
  return body;
}

function buildBody(
  { name, rest }: Endpoint,
  input: z.ZodObject,
  members: Shape,
): ZodOpenApiRequestBodyObject | undefined {
  if (Object.keys(members).length === 0) return undefined;
  const schema = DETAILED_BODIES[name] ?? omitPathMembers(input, members);
  const required = rest.method === 'PATCH' || !schema.safeParse({}).success;
  const type = rest.multipart ? 'multipart/form-data' : 'application/json';
  return { required, content: { [type]: { schema, ...buildExamples(name, 'body') } } };
}

function buildRequest(
  endpoint: Endpoint,
): Pick<ZodOpenApiOperationObject, 'requestParams' | 'requestBody' | 'parameters'> {
  const { procedure, rest } = endpoint;
  const input = findInnerObject(procedure._def.inputs[0]);
  const { inPath, others } = splitShape(input.shape, rest.path);
  const parameters = listHeaderParameters(endpoint);
  const query = rest.method === 'GET' ? others : {};
  const body = rest.method === 'GET' ? undefined : buildBody(endpoint, input, others);
  return {
    ...(Object.keys({ ...inPath, ...query }).length > 0 && {
      requestParams: { path: z.object(inPath), query: z.object(query) },
    }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: body }),
  };
}

/** tRPC's types hide it. */
function getOutputSchema({ name, procedure: { _def } }: Endpoint): z.ZodType {
  if ('output' in _def && _def.output instanceof z.ZodType) return _def.output;
  throw new Error(`Procedure ${name} has no output schema`);
}

const CSV = { 'text/csv': { schema: z.string() } };
/** What REST streams, besides JSON or instead of it. */
const STREAMS: Record<string, NonNullable<ZodOpenApiResponseObject['content']>> = {
  'analytics.live': { 'text/event-stream': { schema: liveUpdateOutput } },
  'analytics.export': CSV,
  'forms.export': CSV,
  'referrals.export': CSV,
  'referralReview.export': CSV,
  'rewards.export': CSV,
  'rewardReview.export': CSV,
  'rewardReview.exportLedger': CSV,
  'campaignExports.referrals': CSV,
  'campaignExports.rewards': CSV,
  'campaignExports.ledger': CSV,
};

function buildAnswer(endpoint: Endpoint, status: keyof typeof SUCCESS): ZodOpenApiResponseObject {
  const answer = { description: SUCCESS[status], headers: listAnswerHeaders(endpoint) };
  if (status === 204) return answer;
  const streams = STREAMS[endpoint.name] ?? {};
  if (endpoint.procedure._def.type === 'subscription') return { ...answer, content: streams };
  const output = getOutputSchema(endpoint);
  const json = { schema: output, ...buildExamples(endpoint.name, 'answer') };
  return { ...answer, content: { 'application/json': json, ...streams } };
}

const NOT_MODIFIED = {
  304: { description: 'Your copy is current', headers: { ...REQUEST_ID, ...ETAG } },
} satisfies Record<number, ZodOpenApiResponseObject>;

const PUBLIC_PAGE_ANSWERS = {
  301: {
    description: 'The handle was replaced; the page is at `Location`',
    headers: { ...REQUEST_ID, ...LOCATION },
  },
  ...NOT_MODIFIED,
} satisfies Record<number, ZodOpenApiResponseObject>;

const SESSION = [{ bearer: [] }, { cookie: [] }, { developmentCookie: [] }];

// OpenAPI 3.1 would let a requirement name our scopes, but linters know them for OAuth 2 only; hence `x-scope`.
const SESSION_OR_KEY = [...SESSION, { apiKey: [] }];

function listSecurity({ access, scope }: Endpoint) {
  if (access === 'public') return [];
  return scope === undefined ? SESSION : SESSION_OR_KEY;
}

function describeAction(action: Action): string {
  const roles = listRolesAllowed(action);
  const isForAll = roles.length === ROLES.length;
  const needed = isForAll
    ? 'Every member of the workspace may do this'
    : `Needs the role ${roles.join(', ')}`;
  return `${needed} (\`${action}\`).`;
}

const describeScope = (scope: Scope | undefined): string =>
  scope === undefined ? 'Closed to API keys.' : `API keys need the scope \`${scope}\`.`;

const FRESH_PROOF =
  'Needs a fresh proof: a session that signed in or called `POST /api/me/reauthenticate` less than ten minutes ago.';

const describeOperation = ({ access, action, scope, fresh, rest }: Endpoint): string =>
  [
    rest.description,
    fresh && FRESH_PROOF,
    action && describeAction(action),
    access !== 'public' && describeScope(scope),
  ]
    .filter(Boolean)
    .join(' ');

export function buildOperation(endpoint: Endpoint): ZodOpenApiOperationObject {
  const { name, rest } = endpoint;
  const status = rest.success ?? 200;
  return {
    operationId: name,
    summary: rest.summary,
    description: describeOperation(endpoint),
    tags: rest.tags,
    security: listSecurity(endpoint),
    ...(endpoint.scope && { 'x-scope': endpoint.scope }),
    ...buildRequest(endpoint),
    responses: {
      [status]: buildAnswer(endpoint, status),
      ...(name === 'publicPages.get' && PUBLIC_PAGE_ANSWERS),
      ...(rest.conditional && NOT_MODIFIED),
      ...Object.fromEntries(listErrorReferences(endpoint)),
    },
  };
}
