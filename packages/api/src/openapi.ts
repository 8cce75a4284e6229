export { listEventTypes } from './features/webhooks/service.ts';
import { createDocument, type ZodOpenApiPathsObject } from 'zod-openapi';
import { HEADERS, SECURITY_SCHEMES } from './openapi/headers.ts';
import { buildOperation } from './openapi/operations.ts';
import { buildErrorResponses } from './openapi/problems.ts';
import { adjustJsonSchema } from './openapi/schemas.ts';
import { VERSION } from './core/version.ts';
import { endpoints, subscriptions } from './root.ts';
import { buildWebhooks } from './openapi/webhooks.ts';

const TAGS = {
  Authentication: 'Accounts, their sessions and their emails.',
  Account: 'The signed-in user.',
  'Second factor': 'Codes of an authenticator app, recovery codes and trusted devices.',
  Passkeys: 'Signing in without a password or name.',
  Sessions: 'Where the user is signed in.',
  Referrals: 'Referral links and the referrals made with them.',
  Rewards: 'Credits, and what they can be spent on.',
  Campaigns: 'Referral programmes of a workspace for another product, their referrers and rewards.',
  Conversions: 'Clicks, leads, sales and refunds that another product reports.',
  Workspaces: 'Who owns pages: personal workspaces and teams, with members and roles.',
  Pages: 'Pages, their handles and their blocks.',
  Files: 'Pictures, sounds, short videos and documents of a workspace.',
  'API keys': 'Keys by which other programs act in a workspace.',
  Analytics: 'Views and clicks of pages.',
  Webhooks: 'Events of a workspace, sent to URLs of its own.',
  Domains: 'Custom domains of pages.',
  'Public pages': 'Pages as visitors see them.',
  Administration: 'For administrators. Every action leaves a security event.',
};

const DESCRIPTION = `Backend for link-in-bio pages with a referral engine.

Sign in to get a session: browsers keep it in HttpOnly cookies, other clients send the access token as
\`Authorization: Bearer\`. Over https the names of the cookies start with \`__Host-\`. Requests of browsers that
change something must come from an origin in the server's \`CORS_ORIGINS\`. Programs send an API key, as \`X-Api-Key\` or as
a bearer token.

Where the operator requires a second factor (\`USER_REQUIRE_MFA\`), a session without one can only set one up; everything else
that needs a session answers 403 \`MFA_SETUP_REQUIRED\`.

Every failure is \`application/problem+json\` with a \`code\` to act on and the \`requestId\` that the server logs. Lists
have \`items\` and \`nextCursor\`; send it as \`cursor\` to get the next page. The same procedures are served over tRPC
at \`/trpc\`.`;

const OPERATION_KEYS = { GET: 'get', POST: 'post', PUT: 'put', PATCH: 'patch', DELETE: 'delete' } as const;

/** A running server puts its `PUBLIC_URL` into the document that it serves. */
const DEVELOPMENT_SERVER = {
  url: 'http://{host}',
  description: 'A server of your own',
  variables: { host: { default: 'localhost:3000', description: 'Where `npm start` serves the API' } },
};

export function buildOpenApiDocument() {
  const paths: ZodOpenApiPathsObject = {};
  for (const endpoint of [...endpoints, ...subscriptions]) {
    const path = (paths[endpoint.rest.path] ??= {});
    path[OPERATION_KEYS[endpoint.rest.method]] = buildOperation(endpoint);
  }
  return createDocument(
    {
      openapi: '3.1.0',
      info: {
        title: 'Linkgrove API',
        version: VERSION,
        description: DESCRIPTION,
        contact: { name: 'Linkgrove' },
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [DEVELOPMENT_SERVER],
      tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
      paths,
      webhooks: buildWebhooks(),
      components: {
        securitySchemes: SECURITY_SCHEMES,
        headers: HEADERS,
        responses: buildErrorResponses([...endpoints, ...subscriptions]),
      },
    },
    { override: adjustJsonSchema },
  );
}
