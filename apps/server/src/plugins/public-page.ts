import {
  type App,
  findPublicPage,
  peekPublicPage,
  previewPage,
  type PublicPage,
  publicPageInput,
  getPublicPage,
} from '@linkgrove/api';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { createAddressBudget } from '../public-page/address-budget.ts';
import { sendCachedResponse } from '../public-page/cached-response.ts';
import { buildNoticeHeaders, renderNotice } from '../public-page/notice.ts';
import { renderPublicPage } from '../public-page/page.ts';
import { createPageRenderings, type Form } from '../public-page/renderings.ts';
import { sendProblem } from './errors.ts';
import { buildSecurityHeaders } from '../headers.ts';

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

type Cors = { headers: Record<string, string>; list: string[] };
const toCors = (headers: Record<string, string>): Cors => ({ headers, list: Object.entries(headers).flat() });

/** Whose scripts may read the JSON: everyone's, and with cookies those of our own frontends. */
function createCors(origins: string[]): (request: FastifyRequest) => Cors {
  const anyone = toCors({ 'access-control-allow-origin': '*' });
  const ours = new Map(
    origins.map((origin) => [
      origin,
      toCors({ 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true' }),
    ]),
  );
  return ({ headers }) => ours.get(headers.origin ?? '') ?? anyone;
}

/** How visitors are answered, whatever they asked for. */
function createAnswers(server: FastifyInstance, { config }: App) {
  const common = buildSecurityHeaders(config);
  const render = createPageRenderings(config);
  let closing: string[] = [];
  server.addHook('preClose', async () => {
    closing = ['connection', 'close'];
  });
  return {
    common,
    /** Counts a request; throws `RATE_LIMITED`. */
    spend: createAddressBudget(config),
    answer: (
      request: FastifyRequest,
      reply: FastifyReply,
      page: PublicPage,
      form: Form,
      more: string[] = [],
    ) =>
      sendCachedResponse(
        request,
        reply,
        render(page, form),
        closing.length > 0 ? [...more, ...closing] : more,
      ),
    say: (request: FastifyRequest, reply: FastifyReply, { html, policy }: typeof missing) =>
      reply
        .code(404)
        .headers({ ...common, ...buildNoticeHeaders(policy), 'x-request-id': request.id })
        .send(html),
    moved: (request: FastifyRequest, reply: FastifyReply, location: string) =>
      reply
        .headers({ ...common, 'cache-control': 'public, max-age=60', 'x-request-id': request.id })
        .redirect(location, 301),
  };
}
type Answers = ReturnType<typeof createAnswers>;

const baseOf = ({ config }: App): string => new URL(config.publicUrl).pathname.replace(/\/$/, '');

/** `/@{handle}` and what stands below it. */
function serveFiles(server: FastifyInstance, app: App, { common, spend, answer, say, moved }: Answers): void {
  const base = baseOf(app);

  const showPreview = async (request: Request, reply: FastifyReply, token: string) => {
    const page = await previewPage(app, token);
    if (!page) return say(request, reply, expired);
    const { html, policy } = renderPublicPage(page, {
      preview: { ancestors: `'self' ${new URL(app.config.appUrl).origin}` },
    });
    const { 'x-frame-options': _framed, ...headers } = common;
    // The address holds the token, so no referrer leaves; the owner's frontend may show it in a frame.
    return reply
      .headers({
        ...headers,
        ...buildNoticeHeaders(policy),
        'x-robots-tag': 'noindex',
        'x-request-id': request.id,
      })
      .send(html);
  };

  const find = async (request: Request, reply: FastifyReply, form: Form) => {
    const page = await findPublicPage(app, request.params.handle);
    if (!page) return say(request, reply, missing);
    if (page.handle === request.params.handle) return answer(request, reply, page, form);
    return moved(request, reply, withHandle(request, base, page.handle));
  };

  for (const [path, form] of Object.entries(FILES)) {
    server.get<Route>(`/@:handle${path}`, (request, reply) => {
      spend(request.ip);
      const { preview } = request.query;
      if (typeof preview === 'string' && form === 'html') return showPreview(request, reply, preview);
      // Views of `html` are counted here once there are analytics.
      const { handle } = request.params;
      const known = peekPublicPage(app, handle);
      // What is at hand is sent at once: promises would cost as much as the rest of this.
      return known?.handle === handle ? answer(request, reply, known, form) : find(request, reply, form);
    });
  }

  server.get<Route>('/@:handle/', async (request, reply) => {
    spend(request.ip);
    return moved(request, reply, `${base}/@${encodeURIComponent(request.params.handle)}`);
  });
}

/** The JSON of pages, for scripts of any origin. */
function serveJson(server: FastifyInstance, app: App, { spend, answer, moved }: Answers): void {
  const base = baseOf(app);
  const corsOf = createCors(app.config.corsOrigins);

  const find = async (request: Request, reply: FastifyReply, { headers, list }: Cors) => {
    const { handle } = request.params;
    reply.headers({ ...headers, vary: 'Origin' });
    // What the procedure of the same name would refuse is refused.
    const page = await getPublicPage(app, publicPageInput.parse({ ...request.query, handle }));
    if (page.handle.toLowerCase() === handle.toLowerCase()) return answer(request, reply, page, 'json', list);
    return moved(request, reply, `${base}${JSON_PATH}${page.handle}`);
  };

  server.get<Route>(`${JSON_PATH}:handle`, (request, reply) => {
    spend(request.ip);
    const cors = corsOf(request);
    const { handle } = request.params;
    const known = request.url.includes('?') ? undefined : peekPublicPage(app, handle);
    return known?.handle === handle
      ? answer(request, reply, known, 'json', cors.list)
      : find(request, reply, cors);
  });
}

/**
 * Pages as visitors see them: `/@{handle}`, its QR code and contact, and its JSON. Registered apart from the
 * hooks of the server, none of which a cached page needs: it has its own headers, its own count of requests, no cookies
 * and no line in the log.
 */
export const publicPagePlugin: FastifyPluginAsync<{ app: App }> = async (server, { app }) => {
  const answers = createAnswers(server, app);
  // A logger for each request costs more than the page; only a failure gets one.
  server.setChildLoggerFactory((logger) => logger);
  server.setErrorHandler((error, request, reply) => {
    request.log = app.logger.child({ requestId: request.id });
    reply.headers(answers.common).header('x-request-id', request.id);
    return sendProblem(error, request, reply);
  });
  serveFiles(server, app, answers);
  serveJson(server, app, answers);
};
