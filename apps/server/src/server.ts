import { join } from 'node:path';
import cookie from '@fastify/cookie';
import cors from '@fastify/cors';
import {
  type App,
  type Config,
  createRequestIdGenerator,
  createTrustCheck,
  normalizeForwardedFor,
} from '@linkgrove/api';
import { type FastifyInstance, type FastifyPluginAsync, fastify, LogController } from 'fastify';
import { answerClientError } from './client-error.ts';
import { createAnswers, EXPOSED_HEADERS } from './answers.ts';
import { adminQueuesPlugin } from './plugins/admin-queues.ts';
import { createRequestCapturer, type RequestCapturer } from './capture.ts';
import { createAttributionCookie, createClickCookie } from './cookies/attribution-cookie.ts';
import { bodyDeadlinePlugin, UPLOAD_MS } from './plugins/body-deadline.ts';
import { filesPlugin } from './plugins/files.ts';
import { createFormReceiver } from './uploads/receive.ts';
import { fontsPlugin } from './plugins/fonts.ts';
import { exportsPlugin } from './plugins/exports.ts';
import { analyticsLivePlugin, createLiveStreams } from './plugins/analytics-live.ts';
import { builtInPagesPlugin } from './plugins/built-in-pages.ts';
import { createHostCookie } from './cookies/host-cookie.ts';
import { createDeviceCookie } from './cookies/device-cookie.ts';
import { createMailedLinks } from './mailed-links.ts';
import { startMetricsListener } from './metrics-listener.ts';
import { embedPlugin } from './plugins/embed.ts';
import { errorsPlugin, sendBareProblem, sendProblem } from './plugins/errors.ts';
import { gracefulClosePlugin } from './plugins/graceful-close.ts';
import { formsPlugin } from './plugins/forms.ts';
import { goPlugin } from './plugins/go.ts';
import { healthPlugin } from './plugins/health.ts';
import { createBodyGuard, jsonPlugin } from './plugins/json.ts';
import { jwksPlugin } from './plugins/jwks.ts';
import { createServerMetrics, type ServerMetrics } from './plugins/metrics.ts';
import { publicPagePlugin } from './plugins/public-page.ts';
import { referralLinksPlugin } from './plugins/referral-links.ts';
import { reportsPlugin } from './plugins/reports.ts';
import { requestLogPlugin } from './plugins/request-log.ts';
import { reservedNamesPlugin } from './plugins/reserved-names.ts';
import { restPlugin } from './plugins/rest.ts';
import { securityPlugin } from './plugins/security.ts';
import { createSessionCookies, type SessionCookies } from './cookies/session-cookies.ts';
import { createSharePictures } from './share-picture/share-pictures.ts';
import { createSite } from './site.ts';
import { domainHostsPlugin } from './plugins/domain-hosts.ts';
import { tlsCheckPlugin } from './plugins/tls-check.ts';
import { signInProvidersPlugin } from './plugins/sign-in-providers.ts';
import { sitemapPlugin } from './plugins/sitemap.ts';
import { spellingsPlugin } from './plugins/spellings.ts';
import { trpcPlugin } from './plugins/trpc.ts';
import { unlockPlugin } from './plugins/unlock.ts';
import { createContextFactory } from './request-context.ts';

const REQUEST_ID = /^[\w-]{1,64}$/;
const BODY_LIMIT = 1_048_576;
/** Part of `shutdownMs` that is not spent waiting for requests, such as the delay for load balancers. */
const STOP_MS = 3_000;

export async function createServer(
  app: App,
  isStopping: () => boolean = () => false,
): Promise<FastifyInstance> {
  const { config } = app;
  const newRequestId = createRequestIdGenerator();
  const isTrustedProxy = config.trustProxy && createTrustCheck(config.trustProxy);
  const server: FastifyInstance = fastify({
    // Without a logger of its own, Fastify adds no listeners to each answer; `requestLogPlugin` gives requests theirs.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    requestIdHeader: false,
    genReqId: ({ headers }) => {
      const given = headers['x-request-id'];
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : newRequestId();
    },
    trustProxy: config.trustProxy ?? false,
    bodyLimit: BODY_LIMIT,
    requestTimeout: UPLOAD_MS,
    keepAliveTimeout: 72_000,
    // Node enforces these timeouts only as often as it checks connections.
    http: {
      headersTimeout: 10_000,
      connectionsCheckingInterval: 2_000,
      // Otherwise Node keeps the first of several Host or Authorization headers; a proxy may have read the last.
      joinDuplicateHeaders: true,
    },
    clientErrorHandler: answerClientError,
    routerOptions: { maxParamLength: 1_000 },
    rewriteUrl: (raw) => {
      if (isTrustedProxy) normalizeForwardedFor(raw, isTrustedProxy);
      const { url = '/' } = raw;
      // Some clients percent-encode the @ of a page.
      return url.startsWith('/%40') ? `/@${url.slice(4)}` : url;
    },
    return503OnClosing: true,
    forceCloseConnections: 'idle',
    frameworkErrors: (error, request, reply) => void sendProblem(error, request, reply),
  });

  server.log = app.logger;
  server.decorate('site', createSite(config));
  server.decorate('sharePictures', createSharePictures(app));
  server.addHook('onClose', async () => server.sharePictures.close());
  server.decorate('answers', createAnswers(server, config));
  server.setErrorHandler(sendBareProblem);
  const metrics = config.metrics ? createServerMetrics(app) : undefined;
  if (metrics && config.metricsListener) serveMetricsApart(server, app, metrics, config.metricsListener);
  await server.register(reservedNamesPlugin);
  await server.register(spellingsPlugin);
  if (metrics) server.addHook('onResponse', metrics.observe);
  // Cookies are parsed when they are first read.
  await server.register(cookie, { hook: false });
  // Outside apiPlugins, so that none of their hooks runs for a public page.
  const sessionCookies = createSessionCookies(config);
  const capture = createRequestCapturer(app, sessionCookies);
  await server.register(domainHostsPlugin, { app, capture });
  await server.register(publicPagePlugin, { app, capture });
  await server.register(tlsCheckPlugin, { app });
  await server.register(filesPlugin, { app });
  await server.register(fontsPlugin, { app });
  await server.register(apiPlugins, { app, isStopping, metrics, sessionCookies, capture });
  return server;
}

function serveMetricsApart(
  server: FastifyInstance,
  { logger }: App,
  { render }: ServerMetrics,
  address: { host: string; port: number },
): void {
  let listener: { close: () => void } | undefined;
  server.addHook('onReady', async () => {
    listener = await startMetricsListener({ ...address, render, logger });
  });
  server.addHook('onClose', async () => listener?.close());
}

/** Answers preflights. Other requests need none of its work, see `createAnswers`. */
const preflightsPlugin: FastifyPluginAsync<{ config: Config }> = async (server, { config }) => {
  await server.register(cors, {
    origin: config.corsOrigins,
    credentials: true,
    strictPreflight: false,
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: 600,
  });
};

type ApiOptions = {
  app: App;
  isStopping: () => boolean;
  metrics: ServerMetrics | undefined;
  sessionCookies: SessionCookies;
  capture: RequestCapturer;
};

const apiPlugins: FastifyPluginAsync<ApiOptions> = async (server, options) => {
  const { app, isStopping, metrics, sessionCookies, capture } = options;
  const { config } = app;
  await server.register(requestLogPlugin, { app });
  await server.register(securityPlugin, { app });
  await server.register(gracefulClosePlugin, { maxWaitMs: Math.max(0, config.shutdownMs - STOP_MS) });
  await server.register(preflightsPlugin, { config });
  await server.register(errorsPlugin);
  await server.register(bodyDeadlinePlugin);
  const guard = createBodyGuard(app, sessionCookies);
  await server.register(jsonPlugin, { guard });

  const attribution = createAttributionCookie(config);
  const createContext = createContextFactory(
    app,
    sessionCookies,
    attribution,
    createDeviceCookie(config),
    createHostCookie(config, 'sign_in'),
  );
  await server.register(healthPlugin, { app, isStopping });
  await server.register(jwksPlugin, { app });
  const clickCookie = createClickCookie(config);
  await server.register(referralLinksPlugin, { app, cookie: attribution, clickCookie, capture });
  await server.register(goPlugin, { app, capture });
  await server.register(formsPlugin, { app, createContext });
  await server.register(reportsPlugin, { app, createContext });
  await server.register(unlockPlugin, { app, createContext });
  await server.register(sitemapPlugin, { app });
  await server.register(exportsPlugin, { createContext });
  const streams = createLiveStreams();
  await server.register(analyticsLivePlugin, { createContext, streams });
  await server.register(embedPlugin, { createContext });
  await server.register(signInProvidersPlugin, { app, createContext });
  const receiveForm = createFormReceiver(join(config.dataDir, 'uploads'));
  await server.register(restPlugin, { createContext, receiveForm });
  await server.register(trpcPlugin, {
    prefix: '/trpc',
    createContext,
    guard,
    streams,
    receiveForm,
  });
  await server.register(adminQueuesPlugin, { prefix: '/admin/queues', app, createContext });
  if (metrics && !config.metricsListener) await server.register(metrics.serve);
  if (config.docs) {
    const { docsPlugin } = await import('./plugins/docs.ts');
    await server.register(docsPlugin, { publicUrl: config.publicUrl });
  }
  if (!config.production && !config.smtpUrl)
    await server.register((await import('./plugins/dev-mail.ts')).devMailPlugin, {
      dataDir: config.dataDir,
      isPublic: config.devMailPublic,
    });
  await server.register(builtInPagesPlugin, {
    pages: config.builtInPages,
    visits: { app, cookie: attribution, capture },
    mailedLinks: createMailedLinks(app),
  });
};
