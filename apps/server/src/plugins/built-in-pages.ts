import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { FAVICON } from '../assets/favicon.ts';
import { ICON } from '../assets/icon.ts';
import { type BuiltInPage, builtInPagesByPath } from '../assets/pages.ts';
import { BUILT_IN_PAGES_SCRIPT } from '../assets/script.ts';
import { BUILT_IN_PAGES_STYLE } from '../assets/style.ts';
import { PAGE_HEADERS, renderHtmlPage } from '../html.ts';

const SCRIPT = '/assets/built-in.js';

function serveAsset(server: FastifyInstance, path: string, type: string, content: string | Buffer): void {
  const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
  server.get(path, async (request, reply) => {
    reply.headers({ 'cache-control': 'public, max-age=300', etag });
    if (request.headers['if-none-match']?.includes(etag)) return reply.code(304).send();
    return reply.type(type).send(content);
  });
}

const hasPage = (server: FastifyInstance, url: string) => server.hasRoute({ method: 'GET', url });

function servePage(server: FastifyInstance, path: string, { title, body }: BuiltInPage): void {
  server.get<{ Querystring: Record<string, string | string[]> }>(path, async ({ query }, reply) => {
    const findParameter = (name: string) => [query[name] ?? ''].flat()[0] ?? '';
    const neighbours = { docs: hasPage(server, '/docs'), mail: hasPage(server, '/dev/mail') };
    reply.headers(PAGE_HEADERS);
    return renderHtmlPage({ title, body: body(findParameter, neighbours), script: SCRIPT });
  });
}

/**
 * Serves the small pages that mails and referral links lead to while there is no frontend, and in any case the icon
 * and the stylesheet of `/dev/mail`. The pages link to `/docs` and `/dev/mail` if those are served.
 */
export const builtInPagesPlugin: FastifyPluginAsync<{ pages: boolean }> = async (server, { pages }) => {
  serveAsset(server, '/assets/built-in.css', 'text/css; charset=utf-8', BUILT_IN_PAGES_STYLE);
  serveAsset(server, '/assets/icon.svg', 'image/svg+xml', ICON);
  serveAsset(server, '/favicon.ico', 'image/x-icon', FAVICON);
  if (!pages) return;
  serveAsset(server, SCRIPT, 'text/javascript; charset=utf-8', BUILT_IN_PAGES_SCRIPT);
  for (const [path, builtIn] of Object.entries(builtInPagesByPath)) servePage(server, path, builtIn);
};
