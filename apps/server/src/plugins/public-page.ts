import {
  type App,
  findPageEntry,
  findPageTakedown,
  findPublicAnalytics,
  isHandleFree,
  type Locale,
  type PageEntry,
  openPage,
  peekPageEntry,
  previewPage,
  type PublicPage,
  publicPageInput,
  requireOpenPage,
  type TakedownReason,
} from '@linkgrove/api';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { createVisitorReader, type RequestCapturer } from '../capture.ts';
import { renderFreeName } from '../public-page/free-name.ts';
import { type CorsHeaders, createCors } from '../public-page/cors.ts';
import { createAddressBudget } from '../public-page/address-budget.ts';
import { createEntrySender } from '../public-page/entry-sender.ts';
import { sendCachedResponse } from '../public-page/cached-response.ts';
import {
  buildUncachedHeaders,
  createLocalizedNotice,
  createPageNotFoundNotice,
} from '../public-page/notice.ts';
import { type RenderedDocument, renderPublicPage } from '../public-page/page.ts';
import { createPageRenderings, type PageFormat } from '../public-page/renderings.ts';
import { sendProblem } from './errors.ts';
import { createTakedownSender } from '../public-page/takedown.ts';
import { serveSharePictures } from './share-pictures.ts';
import { createDelivery, type Delivery, PUBLIC_DELIVERY } from '../public-page/delivery.ts';
import { LOCK_HEADERS, renderLock } from '../public-page/lock.ts';
import { readPreviewOptions } from '../public-page/preview-options.ts';
import { renderStats } from '../public-page/stats.ts';
import { requireSingleHost } from '../single-host.ts';

type Route = { Params: { handle: string }; Querystring: Record<string, string | string[]> };
type Request = FastifyRequest<Route>;

/** After the address of the page. */
export const FORMATS_BY_PATH: Record<string, PageFormat> = {
  '': 'html',
  '/qr.svg': 'svg',
  '/qr.png': 'png',
  '/contact.vcf': 'vcard',
  '/share': 'share',
};
const JSON_PATH = '/api/public/pages/';

const replaceHandle = ({ url, params }: Request, base: string, handle: string): string => {
  const [path = '', query] = url.split('?', 2);
  const rest = path.slice(path.lastIndexOf('@') + 1 + encodeURIComponent(params.handle).length);
  return `${base}/@${handle}${rest.startsWith('/') && rest !== '/' ? rest : ''}${query ? `?${query}` : ''}`;
};

const describePreviewEnded = ({ messages }: Locale) => ({
  symbol: '⏳',
  title: messages.previewEndedTitle,
  text: messages.previewEndedText,
});

export function createPageAnswers(
  server: FastifyInstance,
  app: App,
  commonHeaders = server.site.securityHeaders,
) {
  const consumeBudget = createAddressBudget(app.config);
  const render = createPageRenderings(app, commonHeaders);
  const { homeUrl } = server.site;
  const sendTakedown = createTakedownSender(homeUrl);
  let closingHeaders: string[] = [];
  server.addHook('preClose', async () => {
    closingHeaders = ['connection', 'close'];
  });
  return {
    commonHeaders,
    /** Does the work of the server's hooks. Throws `VALIDATION_FAILED` and `RATE_LIMITED`. */
    admitRequest: (request: FastifyRequest) => {
      requireSingleHost(request);
      consumeBudget(request.ip);
    },
    sendPage: (
      request: FastifyRequest,
      reply: FastifyReply,
      page: PublicPage,
      format: PageFormat,
      extraHeaders: string[] = [],
      delivery: Delivery = PUBLIC_DELIVERY,
    ) =>
      sendCachedResponse(
        request,
        reply,
        render(page, format, delivery),
        closingHeaders.length > 0 ? [...extraHeaders, ...closingHeaders] : extraHeaders,
      ),
    sendNotFound: (request: FastifyRequest, reply: FastifyReply, { html, policy }: RenderedDocument) =>
      reply
        .code(404)
        .headers({ ...commonHeaders, ...buildUncachedHeaders(policy), 'x-request-id': request.id })
        .send(html),
    sendTakenDown: (request: FastifyRequest, reply: FastifyReply, reason: TakedownReason) =>
      sendTakedown(request, reply.headers({ ...commonHeaders, 'x-request-id': request.id }), reason),
    /** The form that asks for the password. */
    sendLock: (request: FastifyRequest, reply: FastifyReply, page: PublicPage) => {
      const { html, policy } = renderLock(page);
      return reply
        .headers({
          ...commonHeaders,
          ...buildUncachedHeaders(policy),
          ...LOCK_HEADERS,
          'x-request-id': request.id,
        })
        .send(html);
    },
    sendRedirect: (request: FastifyRequest, reply: FastifyReply, location: string) =>
      reply
        .headers({ ...commonHeaders, 'cache-control': 'public, max-age=60', 'x-request-id': request.id })
        .redirect(location, 301),
  };
}
export type PageAnswers = ReturnType<typeof createPageAnswers>;

type Options = { app: App; capture: RequestCapturer };

function servePages(server: FastifyInstance, { app, capture }: Options, answers: PageAnswers): void {
  const sendEntryPage = createEntrySender({ app, capture }, answers);
  const readVisitor = createVisitorReader(app);
  const { commonHeaders, admitRequest, sendLock, sendNotFound, sendTakenDown, sendRedirect } = answers;
  const { basePath: base, homeUrl } = server.site;
  const renderPageNotFound = createPageNotFoundNotice(homeUrl);
  const renderPreviewEnded = createLocalizedNotice(homeUrl, describePreviewEnded);

  const sendPage = (request: Request, reply: FastifyReply, entry: PageEntry, format: PageFormat) => {
    const { page, domain } = entry;
    if (domain !== null && format === 'html')
      return sendRedirect(request, reply, page.url + request.url.slice(request.url.split('?', 1)[0]?.length));
    return sendEntryPage(request, reply, entry, format);
  };

  const sendPreview = async (request: Request, reply: FastifyReply, token: string) => {
    const page = await previewPage(app, token, readPreviewOptions(request.query));
    if (!page) return sendNotFound(request, reply, renderPreviewEnded(request.headers['accept-language']));
    // The owner's frontend may show a preview in a frame.
    const { html, policy } = renderPublicPage(page, {
      report: (error, { id }) => app.logger.error({ err: error, blockId: id }, 'block left out of its page'),
      filesUrl: app.config.files.url,
      preview: { ancestors: `'self' ${new URL(app.config.appUrl).origin}` },
    });
    const { 'x-frame-options': _noFrames, ...headers } = commonHeaders;
    return reply
      .headers({
        ...headers,
        ...buildUncachedHeaders(policy),
        'x-robots-tag': 'noindex',
        'x-request-id': request.id,
      })
      .send(html);
  };

  const sendMissing = (request: Request, reply: FastifyReply) =>
    sendNotFound(request, reply, renderPageNotFound(request.headers['accept-language']));

  const sendUnknownPage = async (request: Request, reply: FastifyReply, format: PageFormat) => {
    const handle = request.params.handle.toLowerCase();
    const language = request.headers['accept-language'];
    const takedown = await findPageTakedown(app, handle);
    if (takedown !== undefined) return sendTakenDown(request, reply, takedown);
    const isOffered = format === 'html' && (await isHandleFree(app, handle));
    const notice = isOffered ? renderFreeName(app, language, handle) : renderPageNotFound(language);
    return sendNotFound(request, reply, notice);
  };

  const loadAndSend = async (request: Request, reply: FastifyReply, format: PageFormat) => {
    const entry = await findPageEntry(app, request.params.handle);
    if (!entry) return sendUnknownPage(request, reply, format);
    const { handle } = entry.page;
    if (handle === request.params.handle) return sendPage(request, reply, entry, format);
    return sendRedirect(request, reply, replaceHandle(request, base, handle));
  };

  for (const [path, format] of Object.entries(FORMATS_BY_PATH)) {
    server.get<Route>(`/@:handle${path}`, (request, reply) => {
      admitRequest(request);
      const { preview } = request.query;
      if (typeof preview === 'string' && format === 'html') return sendPreview(request, reply, preview);
      const { handle } = request.params;
      // A cached page is sent synchronously: a promise would cost as much as everything else here.
      const cached = peekPageEntry(app, handle);
      return cached?.page.handle === handle
        ? sendPage(request, reply, cached, format)
        : loadAndSend(request, reply, format);
    });
  }

  server.get<Route>('/@:handle/stats', async (request, reply) => {
    admitRequest(request);
    const entry = await findPageEntry(app, request.params.handle);
    const analytics = entry && (await findPublicAnalytics(app, entry.view.pageId));
    if (!analytics) return entry ? sendMissing(request, reply) : sendUnknownPage(request, reply, 'json');
    if (entry.page.handle !== request.params.handle)
      return sendRedirect(request, reply, replaceHandle(request, base, entry.page.handle));
    const opened = await openPage(app, entry, readVisitor(request), { canRandomize: false });
    // Not at the address of the page, which may be on a custom domain with cookies of its own.
    if (!opened) return sendLock(request, reply, entry.page);
    const { html, policy } = renderStats(opened.page, analytics);
    return reply
      .headers({ ...commonHeaders, ...buildUncachedHeaders(policy), 'x-request-id': request.id })
      .send(html);
  });

  server.get<Route>('/@:handle/', async (request, reply) => {
    admitRequest(request);
    return sendRedirect(request, reply, `${base}/@${encodeURIComponent(request.params.handle)}`);
  });
}

function serveJson(server: FastifyInstance, app: App, answers: PageAnswers): void {
  const { admitRequest, sendPage, sendRedirect } = answers;
  const base = server.site.basePath;
  const getCorsHeaders = createCors(app.config.corsOrigins);
  const readVisitor = createVisitorReader(app);

  const loadAndSend = async (request: Request, reply: FastifyReply, { headers, list }: CorsHeaders) => {
    const { handle } = request.params;
    reply.headers({ ...headers, vary: 'Origin' });
    // This route replaces the REST route of the procedure, so it checks the same input.
    const input = publicPageInput.parse({ ...request.query, handle });
    const opened = await requireOpenPage({ ...app, visitor: () => readVisitor(request) }, input);
    const { page } = opened;
    if (page.handle.toLowerCase() === handle.toLowerCase())
      return sendPage(request, reply, page, 'json', list, createDelivery(opened));
    return sendRedirect(request, reply, `${base}${JSON_PATH}${page.handle}`);
  };

  server.get<Route>(`${JSON_PATH}:handle`, (request, reply) => {
    admitRequest(request);
    const cors = getCorsHeaders(request);
    const { handle } = request.params;
    const cached = request.url.includes('?') ? undefined : peekPageEntry(app, handle);
    return cached?.page.handle === handle && cached.restriction === null
      ? sendPage(request, reply, cached.page, 'json', cors.list)
      : loadAndSend(request, reply, cors);
  });
}

/** Registered without the server's hooks, which a cached page does not need: own headers and rate limit, no cookies. */
export const publicPagePlugin: FastifyPluginAsync<Options> = async (server, options) => {
  const { app } = options;
  const answers = createPageAnswers(server, app);
  // A logger per request costs more than the page, so only a failure gets one.
  server.setChildLoggerFactory(() => app.logger);
  server.setErrorHandler((error, request, reply) => {
    request.log = app.logger.child({ requestId: request.id });
    return sendProblem(error, request, reply);
  });
  servePages(server, options, answers);
  serveSharePictures(server, app, answers);
  serveJson(server, app, answers);
};
