import { existsSync, readFileSync } from 'node:fs';
import scalar from '@scalar/fastify-api-reference';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { html } from '../html.ts';

// The reference builds its page, and its styles, with a script that may connect only to this server.
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const SCRIPT_PATH = '/docs/js/scalar.js';
const CONFIGURATION = {
  // The server of the page itself, whatever its name: the policy lets the page connect to no other.
  servers: [{ url: '/' }],
  withDefaultFonts: false,
  telemetry: false,
  hideClientButton: true,
  showDeveloperTools: 'never',
  agent: { disabled: true },
  mcp: { disabled: true },
};

// Scalar's own page starts the reference by an inline script; its script also finds this element by itself.
const PAGE = html`<!doctype html>
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>Linkgrove API</title>
      <link rel="icon" href="../assets/icon.svg" type="image/svg+xml" />
    </head>
    <body>
      <div
        id="api-reference"
        data-url="/openapi.json"
        data-configuration="${JSON.stringify(CONFIGURATION)}"
      ></div>
      <script src="js/scalar.js"></script>
    </body>
  </html>`.text;

function servePage(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  const [path] = request.url.split('?', 1);
  if (path === SCRIPT_PATH) done();
  else if (path === '/docs') void reply.redirect('docs/', 301);
  else void reply.header('content-security-policy', POLICY).type('text/html; charset=utf-8').send(PAGE);
}

/** Next to the bundle in production, in the root folder otherwise. */
function readDocument(publicUrl: string): string {
  const places = ['openapi.json', '../../../../openapi.json'].map((path) => new URL(path, import.meta.url));
  const file = places.find((place) => existsSync(place));
  if (!file) throw new Error('openapi.json is missing; run `npm run build` again');
  const document: object = JSON.parse(readFileSync(file, 'utf8'));
  return JSON.stringify({ ...document, servers: [{ url: publicUrl }] });
}

export const docsPlugin: FastifyPluginAsync<{ publicUrl: string }> = async (server, { publicUrl }) => {
  const text = readDocument(publicUrl);
  server.get('/openapi.json', (_request, reply) => {
    reply.header('cache-control', 'public, max-age=60').header('access-control-allow-origin', '*');
    return reply.type('application/json; charset=utf-8').send(text);
  });
  await server.register(scalar, {
    routePrefix: '/docs',
    hooks: { onRequest: servePage },
    configuration: { url: '/openapi.json' },
  });
};
