import {
  type App,
  findPublicPage,
  previewPage,
  type PublicPage,
  publicPageInput,
  showPublicPage,
} from '@linkgrove/api';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { createBudget } from '../public-page/budget.ts';
import { sendEntity } from '../public-page/entity.ts';
import { noticeHeaders, renderNotice } from '../public-page/notice.ts';
import { renderPage } from '../public-page/page.ts';
import { createRenderings, type Form } from '../public-page/renderings.ts';
import { sendProblem } from './errors.ts';
import { headersFor } from './security.ts';

type Route = { Params: { handle: string }; Querystring: Record<string, string | string[]> };
type Request = FastifyRequest<Route>;

/** What stands at `/@{handle}` and below it. */
const FILES: Record<string, Form> = {
  '': 'html',
  '/qr.svg': 'svg',
  '/qr.png': 'png',
  '/contact.vcf': 'vcard',
};
const JSON_PATH = '/api/public/pages/';

/** The address with another handle in the place of the one that was asked for. */
const withHandle = ({ url, params }: Request, base: string, handle: string): string => {
  const [path = '', query] = url.split('?', 2);
  const rest = path.slice(path.lastIndexOf('@') + 1 + encodeURIComponent(params.handle).length);
  return `${base}/@${handle}${rest.startsWith('/') && rest !== '/' ? rest : ''}${query ? `?${query}` : ''}`;
};

const missing = renderNotice({
  sign: '?',
  title: 'There is no page here',
  text: 'It may have moved, or never been. Look at the address once more.',
});
const expired = renderNotice({
  sign: '⏳',
  title: 'This preview has ended',
  text: 'Ask its owner for a new link.',
});

/** Whose scripts may read the JSON: everyone's, and with cookies those of our own frontends. */
const corsHeaders = (origins: Set<string>, origin: string | undefined): Record<string, string> =>
  origin !== undefined && origins.has(origin)
    ? { 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true' }
    : { 'access-control-allow-origin': '*' };

/**
 * Pages as visitors see them: `/@{handle}`, its QR code and contact, and its JSON. Registered apart from the
 * hooks of the server, none of which a cached page needs: it has its own headers, its own count of requests, no cookies
 * and no line in the log.
 */
export const publicPages: FastifyPluginAsync<{ app: App }> = async (server, { app }) => {
  const { config } = app;
  const common = headersFor(config);
  const base = new URL(config.publicUrl).pathname.replace(/\/$/, '');
  const origins = new Set(config.corsOrigins);
  const spend = createBudget(config);
  const render = createRenderings(config);
  let closing: string[] = [];
  server.addHook('preClose', async () => {
    closing = ['connection', 'close'];
  });
  // A logger for each request costs more than the page; only a failure gets one.
  server.setChildLoggerFactory((logger) => logger);
  server.setErrorHandler((error, request, reply) => {
    request.log = app.logger.child({ requestId: request.id });
    reply.headers(common).header('x-request-id', request.id);
    return sendProblem(error, request, reply);
  });

  const answer = (
    request: FastifyRequest,
    reply: FastifyReply,
    page: PublicPage,
    form: Form,
    more: string[] = [],
  ) => sendEntity(request, reply, render(page, form), closing.length > 0 ? [...more, ...closing] : more);
  const say = (request: FastifyRequest, reply: FastifyReply, { html, policy }: typeof missing) =>
    reply
      .code(404)
      .headers({ ...common, ...noticeHeaders(policy), 'x-request-id': request.id })
      .send(html);
  const moved = (request: FastifyRequest, reply: FastifyReply, location: string) =>
    reply
      .headers({ ...common, 'cache-control': 'public, max-age=60', 'x-request-id': request.id })
      .redirect(location, 301);

  const showPreview = async (request: Request, reply: FastifyReply, token: string) => {
    const page = await previewPage(app, token);
    if (!page) return say(request, reply, expired);
    const { html, policy } = renderPage(page, {
      preview: { ancestors: `'self' ${new URL(config.appUrl).origin}` },
    });
    const { 'x-frame-options': _framed, ...headers } = common;
    // The address holds the token, so no referrer leaves; the owner's frontend may show it in a frame.
    return reply
      .headers({
        ...headers,
        ...noticeHeaders(policy),
        'x-robots-tag': 'noindex',
        'x-request-id': request.id,
      })
      .send(html);
  };

  const servePage = (path: string, form: Form) =>
    server.get<Route>(`/@:handle${path}`, async (request, reply) => {
      spend(request.ip);
      const { preview } = request.query;
      if (typeof preview === 'string' && form === 'html') return showPreview(request, reply, preview);
      const page = await findPublicPage(app, request.params.handle);
      if (!page) return say(request, reply, missing);
      // Views of `html` are counted here once there are analytics.
      if (page.handle === request.params.handle) return answer(request, reply, page, form);
      return moved(request, reply, withHandle(request, base, page.handle));
    });
  for (const [path, form] of Object.entries(FILES)) servePage(path, form);

  server.get<Route>('/@:handle/', async (request, reply) => {
    spend(request.ip);
    return moved(request, reply, `${base}/@${encodeURIComponent(request.params.handle)}`);
  });

  serveJson(server, async (request, reply) => {
    spend(request.ip);
    const { handle } = request.params;
    const cors = corsHeaders(origins, request.headers.origin);
    const known = request.url.includes('?') ? undefined : await findPublicPage(app, handle);
    if (known?.handle.toLowerCase() === handle.toLowerCase())
      return answer(request, reply, known, 'json', Object.entries(cors).flat());
    reply.headers({ ...cors, vary: 'Origin' });
    // What is not simply there is judged as the procedure does.
    const page = known ?? (await showPublicPage(app, publicPageInput.parse({ ...request.query, handle })));
    return moved(request, reply, `${base}${JSON_PATH}${page.handle}`);
  });
};

const serveJson = (
  server: FastifyInstance,
  handler: (request: Request, reply: FastifyReply) => Promise<unknown>,
) => server.get<Route>(`${JSON_PATH}:handle`, handler);
