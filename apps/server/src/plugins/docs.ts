import { existsSync, readFileSync } from 'node:fs';
import { fastify, type FastifyPluginAsync } from 'fastify';
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

/** Loads the reference's package, whose only file is 5 MB of JavaScript. */
async function loadScript(): Promise<Buffer> {
  const { default: scalar } = await import('@scalar/fastify-api-reference');
  const source = fastify();
  await source.register(scalar, { routePrefix: '/docs', configuration: { url: '/openapi.json' } });
  const { statusCode, rawPayload } = await source.inject(SCRIPT_PATH);
  await source.close();
  if (statusCode !== 200) throw new Error(`The API reference has no script: ${statusCode}`);
  return rawPayload;
}

/** A failure is not remembered, so that the next call tries again. */
export function createLoader<T>(load: () => Promise<T>): () => Promise<T> {
  let kept: Promise<T> | undefined;
  const forget = () => (kept = undefined);
  return () => {
    kept ??= load();
    kept.catch(forget);
    return kept;
  };
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
  const getScript = createLoader(loadScript);
  server.get('/openapi.json', (_request, reply) => {
    reply.header('cache-control', 'public, max-age=60').header('access-control-allow-origin', '*');
    return reply.type('application/json; charset=utf-8').send(text);
  });
  server.get('/docs', (_request, reply) => reply.redirect('docs/', 301));
  server.get('/docs/', (_request, reply) =>
    reply.header('content-security-policy', POLICY).type('text/html; charset=utf-8').send(PAGE),
  );
  server.get(SCRIPT_PATH, async (_request, reply) => {
    const script = await getScript();
    return reply.type('application/javascript; charset=utf-8').send(script);
  });
};
