import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import { type App, AppError } from '@linkgrove/api';
import { openQueues, QUEUE_NAMES, type Queues } from '@linkgrove/queues';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import type { ContextFactory } from '../request-context.ts';

// The board builds its page with scripts, which may connect only to this server.
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; " +
  "connect-src 'self'; frame-ancestors 'none'; base-uri 'self'; form-action 'none'";

type AdminQueuesOptions = { app: App; createContext: ContextFactory };

/** Opens the queues on first use, and again after a failure, so that the server can start without them. */
function createLazyQueues({ config, logger, databaseUrl }: App, onOpen: (queues: Queues) => void) {
  let opened: Promise<Queues> | undefined;
  const open = async () => {
    const queues = await openQueues({ databaseUrl, redisUrl: config.redisUrl, logger, connections: 2 });
    onOpen(queues);
    return queues;
  };
  return {
    open: async () => {
      opened ??= open();
      await opened.catch((cause: unknown) => {
        opened = undefined;
        throw new AppError('UNAVAILABLE', 'The queues are unavailable', { cause });
      });
    },
    close: () => opened?.then((queues) => queues.close()).catch(() => {}),
  };
}

export const adminQueuesPlugin: FastifyPluginAsync<AdminQueuesOptions> = async (server, options) => {
  const serverAdapter = new FastifyAdapter().setBasePath(server.prefix);
  const uiConfig = { boardTitle: 'Linkgrove queues' };
  const board = createBullBoard({ queues: [], serverAdapter, options: { uiConfig } });
  const queues = createLazyQueues(options.app, ({ queue }) => {
    for (const name of QUEUE_NAMES) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the board's types know only queues on Redis
      board.addQueue(new BullMQAdapter(queue(name) as ConstructorParameters<typeof BullMQAdapter>[0]));
    }
  });
  server.addHook('onClose', async () => queues.close());
  server.addHook('onRequest', async (request, reply) => {
    const ctx = options.createContext(request, reply);
    await ctx.requireAdmin(await ctx.authenticate());
    await queues.open();
    reply.header('content-security-policy', POLICY);
  });
  // Keeps our error handler: the one of the board reveals causes.
  const scope: FastifyInstance = Object.create(server, { setErrorHandler: { value: () => {} } });
  serverAdapter.registerPlugin()(scope, { basePath: server.prefix }, () => {});
};
