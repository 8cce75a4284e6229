import { type App, recordVisit } from '@linkgrove/api';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { FAVICON } from '../assets/favicon.ts';
import { ICON } from '../assets/icon.ts';
import { BUILT_IN_PAGES_SCRIPT } from '../assets/script.ts';
import { BUILT_IN_PAGES_STYLE } from '../assets/style.ts';
import { TOUCH_ICON } from '../assets/touch-icon.ts';
import { builtInPagesByPath } from '../built-in-pages/index.ts';
import type { BuiltInPage } from '../built-in-pages/page.ts';
import type { RequestCapturer } from '../capture.ts';
import type { AttributionCookie } from '../cookies/attribution-cookie.ts';
import { PAGE_HEADERS, renderHtmlPage } from '../html.ts';
import type { FindMailedLink } from '../mailed-links.ts';
import { createContentEtag, isEtagGiven } from '../etags.ts';

const SCRIPT = '/assets/built-in.js';
/** Safari asks for both, on any page. */
const TOUCH_ICON_PATHS = ['/apple-touch-icon.png', '/apple-touch-icon-precomposed.png'];

function serveAsset(server: FastifyInstance, path: string, type: string, content: string | Buffer): void {
  const etag = createContentEtag(content);
  server.get(path, async (request, reply) => {
    reply.headers({ 'cache-control': 'public, max-age=300', etag });
    if (isEtagGiven(request.headers['if-none-match'], etag)) return reply.code(304).send();
    return reply.type(type).send(content);
  });
}

const hasPage = (server: FastifyInstance, url: string) => server.hasRoute({ method: 'GET', url });

function servePage(
  server: FastifyInstance,
  path: string,
  { title, body }: BuiltInPage,
  findLink: FindMailedLink | undefined,
): void {
  server.get<{ Querystring: Query }>(path, async ({ query }, reply) => {
    const findParameter = (name: string) => [query[name] ?? ''].flat()[0] ?? '';
    const neighbours = { docs: hasPage(server, '/docs'), mail: hasPage(server, '/dev/mail') };
    const token = findParameter('token');
    const link = token === '' ? undefined : await findLink?.(token);
    reply.headers(PAGE_HEADERS);
    return renderHtmlPage({ title, body: body(findParameter, neighbours, link), script: SCRIPT });
  });
}

type Query = Record<string, string | string[]>;
type Visits = { app: App; cookie: AttributionCookie; capture: RequestCapturer };

/** Counts visits to the sign-up page, unless `/r/{code}` led there. A failure does not cost the visitor the page. */
function countVisits(server: FastifyInstance, { app, cookie, capture }: Visits): void {
  const countVisit = async (request: FastifyRequest<{ Querystring: Query }>, reply: FastifyReply) => {
    const code = [request.query['referral']].flat()[0];
    if (request.routeOptions.url !== '/register' || !code) return;
    const attribution = cookie.read(request);
    const visit = { code, attribution, query: request.query, request: capture(request), isSignUpPage: true };
    const recorded = await recordVisit(app, visit).catch((error: unknown) => {
      request.log.warn({ err: error }, 'a visit was not counted');
    });
    if (recorded?.attribution !== undefined) cookie.set(reply, recorded.attribution);
  };
  server.addHook<{ Querystring: Query }>('preHandler', countVisit);
}

/** Pages for the links in mails while there is no frontend. `/dev/mail` needs icon and stylesheet in any case. */
export const builtInPagesPlugin: FastifyPluginAsync<{
  pages: boolean;
  visits?: Visits;
  mailedLinks?: Record<string, FindMailedLink>;
}> = async (server, { pages, visits, mailedLinks = {} }) => {
  serveAsset(server, '/assets/built-in.css', 'text/css; charset=utf-8', BUILT_IN_PAGES_STYLE);
  serveAsset(server, '/assets/icon.svg', 'image/svg+xml', ICON);
  serveAsset(server, '/favicon.ico', 'image/x-icon', FAVICON);
  for (const path of TOUCH_ICON_PATHS) serveAsset(server, path, 'image/png', TOUCH_ICON);
  if (!pages) return;
  if (visits) countVisits(server, visits);
  serveAsset(server, SCRIPT, 'text/javascript; charset=utf-8', BUILT_IN_PAGES_SCRIPT);
  for (const [path, builtIn] of Object.entries(builtInPagesByPath))
    servePage(server, path, builtIn, mailedLinks[path]);
};
