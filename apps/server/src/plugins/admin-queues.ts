import { type App, AppError } from '@linkgrove/api';
import type { FastifyPluginAsync } from 'fastify';
import type { QueueBoard } from '../queue-board.ts';
import type { ContextFactory } from '../request-context.ts';

// The board builds its page with scripts, which may connect only to this server.
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; " +
  "connect-src 'self'; frame-ancestors 'none'; base-uri 'self'; form-action 'none'";

type AdminQueuesOptions = { app: App; createContext: ContextFactory };

/** Loads the board (25 MB) and opens the queues on first use, and again after a failure. */
function createLazyBoard(app: App, prefix: string) {
  let opened: Promise<QueueBoard> | undefined;
  return {
    open: async (): Promise<QueueBoard> => {
      opened ??= import('../queue-board.ts').then((module) => module.openQueueBoard(app, prefix));
      try {
        return await opened;
      } catch (cause) {
        opened = undefined;
        throw new AppError('UNAVAILABLE', 'The queues are unavailable', { cause });
      }
    },
    close: () => opened?.then((board) => board.close()).catch(() => {}),
  };
}

export const adminQueuesPlugin: FastifyPluginAsync<AdminQueuesOptions> = async (server, options) => {
  const board = createLazyBoard(options.app, server.prefix);
  server.addHook('onClose', async () => board.close());
  server.addHook('onRequest', async (request, reply) => {
    const ctx = options.createContext(request, reply);
    await ctx.requireAdmin(await ctx.authenticate());
  });
  for (const url of ['/', '/*']) {
    server.route({
      method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
      url,
      handler: async (request, reply) => {
        const answer = await (await board.open()).answer(request);
        if (!answer) return reply.callNotFound();
        reply.code(answer.statusCode).headers(answer.headers).header('content-security-policy', POLICY);
        return reply.send(answer.body);
      },
    });
  }
};
