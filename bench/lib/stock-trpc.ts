import { appRouter, createApp, createContext, createLogger, readConfigOrExit } from '@linkgrove/api';
import { type FastifyTRPCPluginOptions, fastifyTRPCPlugin } from '@trpc/server/adapters/fastify';
import { fastify } from 'fastify';

// The same procedures behind tRPC's own Fastify adapter, without any other plugin.
const config = readConfigOrExit(process.env);
const logger = createLogger({ level: 'silent', name: 'stock' });
const app = await createApp({ config, databaseUrl: config.databaseUrl, logger });
const server = fastify();
const nothing = () => {};
await server.register(fastifyTRPCPlugin, {
  prefix: '/trpc',
  trpcOptions: {
    router: appRouter,
    createContext: ({ req }) =>
      createContext(app, {
        requestId: req.id,
        ip: req.ip,
        userAgent: req.headers['user-agent'],
        country: undefined,
        credentials: {
          accessToken: req.headers.authorization?.slice(7),
          refreshToken: undefined,
          apiKey: undefined,
          isBearer: true,
        },
        attribution: undefined,
        device: () => '',
        idempotencyKey: undefined,
        ifMatch: undefined,
        captchaToken: undefined,
        capture: () => {
          throw new Error('Nothing is recorded here');
        },
        visitor: () => {
          throw new Error('No page is read here');
        },
        setUnlockToken: nothing,
        setSessionCookies: nothing,
        clearSessionCookies: nothing,
        signInCookie: { read: () => undefined, set: nothing, clear: nothing },
        setAttribution: nothing,
        clearAttribution: nothing,
        setEtag: nothing,
        reportLimit: nothing,
      }),
  } satisfies FastifyTRPCPluginOptions<typeof appRouter>['trpcOptions'],
});
await server.listen({ port: config.port, host: '127.0.0.1' });
process.send?.('ready');
