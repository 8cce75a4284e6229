import { AppError, type App, findPageEntry, type PublicPage, unlockPage } from '@linkgrove/api';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { acceptForms } from '../form-body.ts';
import { LOCK_HEADERS, type LockFault, renderLock } from '../public-page/lock.ts';
import { buildUncachedHeaders } from '../public-page/notice.ts';
import type { ContextFactory } from '../request-context.ts';

const readFault = (error: unknown): LockFault | undefined => {
  if (!(error instanceof AppError)) return undefined;
  return error.code === 'RATE_LIMITED' ? 'too-many' : error.code === 'PAGE_LOCKED' ? 'wrong' : undefined;
};

/** Receives the password that the form of a locked page asks for. */
export const unlockPlugin: FastifyPluginAsync<{ app: App; createContext: ContextFactory }> = async (
  server,
  { app, createContext },
) => {
  acceptForms(server);
  const sendFault = (reply: FastifyReply, page: PublicPage, fault: LockFault, error: unknown) => {
    const { html, policy } = renderLock(page, fault);
    if (error instanceof AppError && error.retryAfterSeconds !== undefined)
      reply.header('retry-after', String(error.retryAfterSeconds));
    return reply
      .code(fault === 'wrong' ? 403 : 429)
      .headers({ ...buildUncachedHeaders(policy), ...LOCK_HEADERS })
      .send(html);
  };

  const unlock = async (request: FastifyRequest, reply: FastifyReply, handle: string, path: string) => {
    const { body } = request;
    if (!(body instanceof URLSearchParams)) return reply.callNotFound();
    try {
      await unlockPage(createContext(request, reply), { handle, password: body.get('password') ?? '' });
    } catch (error) {
      const fault = readFault(error);
      const entry = fault && (await findPageEntry(app, handle));
      if (entry) return sendFault(reply, entry.page, fault, error);
      // A page that has no password any more is open.
      if (!(error instanceof AppError) || error.code !== 'CONFLICT') throw error;
    }
    return reply.headers(LOCK_HEADERS).redirect(path, 303);
  };

  for (const path of ['', '/stats'])
    server.post<{ Params: { handle: string } }>(`/@:handle${path}`, async (request, reply) => {
      const { handle } = request.params;
      const target = `${server.site.basePath}/@${encodeURIComponent(handle)}${path}`;
      return unlock(request, reply, handle, target);
    });
  // On a custom domain.
  server.post('/', async (request, reply) =>
    request.domain === null ? reply.callNotFound() : unlock(request, reply, request.domain.handle, '/'),
  );
};
