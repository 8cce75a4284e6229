import cors from '@fastify/cors';
import { type App, createRequestIds } from '@linkgrove/api';
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyPluginAsync,
  fastify,
  LogController,
} from 'fastify';
import { answerClientError } from './client-error.ts';
import { adminQueues } from './plugins/admin-queues.ts';
import { createAttributionCookie } from './plugins/attribution-cookie.ts';
import { builtInPages } from './plugins/built-in-pages.ts';
import { createDeviceCookie } from './plugins/device-cookie.ts';
import { devMail } from './plugins/dev-mail.ts';
import { docs } from './plugins/docs.ts';
import { errors, sendProblem } from './plugins/errors.ts';
import { gracefulClose } from './plugins/graceful-close.ts';
import { go } from './plugins/go.ts';
import { health } from './plugins/health.ts';
import { json } from './plugins/json.ts';
import { jwks } from './plugins/jwks.ts';
import { limits } from './plugins/limits.ts';
import { createMetrics, type Metrics } from './plugins/metrics.ts';
import { publicPages } from './plugins/public-page.ts';
import { referralLinks } from './plugins/referral-links.ts';
import { requestLog } from './plugins/request-log.ts';
import { reservedNames } from './plugins/reserved-names.ts';
import { rest } from './plugins/rest.ts';
import { headersFor, security } from './plugins/security.ts';
import { cookies, createSessionCookies } from './plugins/session-cookies.ts';
import { sitemap } from './plugins/sitemap.ts';
import { trpc } from './plugins/trpc.ts';
import { createContextFactory } from './request-context.ts';

const REQUEST_ID = /^[\w-]{1,64}$/;
const BODY_LIMIT = 1_048_576;
/** What a stop takes beside waiting for requests, such as the moment in which balancers look elsewhere. */
const STOP_MS = 3_000;

/** Builds the HTTP server of an app, ready to listen. `isStopping` ends its readiness. */
export async function createServer(
  app: App,
  isStopping: () => boolean = () => false,
): Promise<FastifyInstance> {
  const { config } = app;
  const newRequestId = createRequestIds();
  const loggerInstance: FastifyBaseLogger = app.logger;
  const server: FastifyInstance = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    requestIdHeader: false,
    genReqId: ({ headers }) => {
      const given = headers['x-request-id'];
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : newRequestId();
    },
    trustProxy: config.trustProxy ?? false,
    bodyLimit: BODY_LIMIT,
    requestTimeout: 20_000,
    keepAliveTimeout: 72_000,
    // Node looks for slow clients only as often as it is told to.
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 2_000 },
    clientErrorHandler: answerClientError,
    routerOptions: { maxParamLength: 1_000 },
    // Some who pass addresses on spell the sign of a page so.
    rewriteUrl: ({ url = '/' }) => (url.startsWith('/%40') ? `/@${url.slice(4)}` : url),
    return503OnClosing: true,
    forceCloseConnections: 'idle',
    frameworkErrors: (error, request, reply) => {
      reply.headers(headersFor(config)).header('x-request-id', request.id);
      sendProblem(error, request, reply);
    },
  });

  const metrics = config.metrics ? createMetrics(app) : undefined;
  await server.register(reservedNames);
  if (metrics) server.addHook('onResponse', metrics.observe);
  // Beside the rest rather than within, so that none of its hooks runs for a page.
  await server.register(publicPages, { app });
  await server.register(everythingElse, { app, isStopping, metrics });
  return server;
}

type Options = { app: App; isStopping: () => boolean; metrics: Metrics | undefined };

/** The API and what goes with it, behind the hooks that guard all of it. */
const everythingElse: FastifyPluginAsync<Options> = async (server, { app, isStopping, metrics }) => {
  const { config } = app;
  await server.register(security, { config });
  await server.register(requestLog);
  await server.register(gracefulClose, { patienceMs: Math.max(0, config.shutdownMs - STOP_MS) });
  await server.register(cors, {
    origin: config.corsOrigins,
    credentials: true,
    strictPreflight: false,
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: ['X-Request-Id', 'Retry-After', 'RateLimit', 'RateLimit-Policy', 'ETag'],
    maxAge: 600,
  });
  await server.register(limits, { app });
  await server.register(errors);
  await server.register(json);
  await server.register(cookies);

  const attribution = createAttributionCookie(config);
  const createContext = createContextFactory(
    app,
    createSessionCookies(config),
    attribution,
    createDeviceCookie(config),
  );
  await server.register(health, { app, isStopping });
  await server.register(jwks, { app });
  await server.register(referralLinks, { app, cookie: attribution });
  await server.register(go, { app });
  await server.register(sitemap, { app });
  await server.register(rest, { createContext });
  await server.register(trpc, { prefix: '/trpc', createContext });
  await server.register(adminQueues, { prefix: '/admin/queues', app, createContext });
  if (metrics) await server.register(metrics.serve);
  if (config.docs) await server.register(docs);
  if (!config.production && !config.smtpUrl) await server.register(devMail, { dataDir: config.dataDir });
  await server.register(builtInPages, { pages: config.builtInPages });
};
