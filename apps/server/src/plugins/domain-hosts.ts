import {
  type App,
  isPossibleDomain,
  findHandleOfHost,
  findPageEntry,
  findPageTakedown,
  type PageEntry,
  peekHandleOfHost,
} from '@linkgrove/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import type { RequestCapturer } from '../capture.ts';
import { createPageNotFoundNotice } from '../public-page/notice.ts';
import { sendProblem } from './errors.ts';
import { createEntrySender } from '../public-page/entry-sender.ts';
import { createPageAnswers, FORMATS_BY_PATH } from './public-page.ts';
import { createPictureSender } from './share-pictures.ts';

/** Paths that the routes of the server answer on every host. */
const SHARED_PATHS: Record<string, RegExp> = {
  GET: /^\/(?:go\/[^/]+(?:\/[^/]+)?|assets\/fonts\/[^/]+)$/,
  // Forms of blocks, and the one that unlocks a page.
  POST: /^\/(?:go\/[^/]+\/[^/]+)?$/,
};
const HANDLE_PATH = /^\/@[^/]*\/?$/;
/** Enough for every spelling that honest clients use. */
const MAX_OWN_HOSTS = 100;
const ROBOTS = 'User-agent: *\nAllow: /\n';

/** A customer's domain may have other subdomains, which this server must not force to use https. */
const toDomainHeaders = (headers: Record<string, string>): Record<string, string> =>
  headers['strict-transport-security'] === undefined
    ? headers
    : { ...headers, 'strict-transport-security': 'max-age=31536000' };

type Options = { app: App; capture: RequestCapturer };

/** Answers requests to custom domains, which reach no route but `/go`: no sign-in, no cookies of sessions, no API. */
export const domainHostsPlugin = fp<Options>(async (server, { app, capture }) => {
  const headers = toDomainHeaders(server.site.securityHeaders);
  const { protocol } = new URL(app.config.publicUrl);
  server.decorateRequest('domain', null);
  const answers = createPageAnswers(server, app, headers);
  const { admitRequest, sendNotFound, sendTakenDown, sendRedirect } = answers;
  const sendEntryPage = createEntrySender({ app, capture }, answers);
  const sendPicture = createPictureSender(server, answers);
  const renderPageNotFound = createPageNotFoundNotice(server.site.homeUrl);

  const sendUnknown = (request: FastifyRequest, reply: FastifyReply) =>
    sendNotFound(request, reply, renderPageNotFound(request.headers['accept-language']));

  const sendEntry = (request: FastifyRequest, reply: FastifyReply, entry: PageEntry, path: string) => {
    const format = FORMATS_BY_PATH[path === '/' ? '' : path];
    if (HANDLE_PATH.test(path)) return sendRedirect(request, reply, entry.page.url);
    if (path === '/report')
      return sendRedirect(request, reply, `${app.config.publicUrl}/@${entry.page.handle}/report`);
    if (path === '/robots.txt') return reply.headers(headers).type('text/plain').send(ROBOTS);
    if (path === '/og.png') return sendPicture(request, reply, entry);
    if (format === undefined) return sendUnknown(request, reply);
    return sendEntryPage(request, reply, entry, format);
  };

  const serveHost = async (request: FastifyRequest, reply: FastifyReply, host: string, handle: string) => {
    admitRequest(request);
    const [path = '/', query] = request.url.split(/\?(.*)/s, 2);
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const entry = isRead ? await findPageEntry(app, handle) : undefined;
    const takedown = entry ? undefined : await findPageTakedown(app, handle);
    if (takedown !== undefined) return sendTakenDown(request, reply, takedown);
    if (!entry) return sendUnknown(request, reply);
    if (entry.domain === host) return sendEntry(request, reply, entry, path);
    // Another domain of the page is its address, or none is.
    return path === '/'
      ? sendRedirect(request, reply, query === undefined ? entry.page.url : `${entry.page.url}?${query}`)
      : sendUnknown(request, reply);
  };

  // Host headers that can never name a domain. Almost all requests have one of a few.
  const ownHosts = new Set<string>();

  server.addHook('onRequest', (request, reply, done) => {
    // Not a forwarded header, which a client could send to have a shared cache keep the wrong page.
    const given = request.headers.host ?? '';
    if (ownHosts.has(given)) return done();
    const host = given.toLowerCase().replace(/\.?(?::\d+)?$/, '');
    if (!isPossibleDomain(app, host)) {
      if (ownHosts.size < MAX_OWN_HOSTS) ownHosts.add(given);
      return done();
    }
    const known = peekHandleOfHost(app, host);
    if (known === null) return done();
    const serve = async () => {
      const handle = known ?? (await findHandleOfHost(app, host));
      if (handle === undefined) return done();
      const isShared = SHARED_PATHS[request.method]?.test(request.url.split('?', 1)[0] ?? '') ?? false;
      if (!isShared) return serveHost(request, reply, host, handle);
      request.domain = { handle, origin: `${protocol}//${request.headers.host}` };
      reply.header('strict-transport-security', headers['strict-transport-security'] ?? 'max-age=0');
      return done();
    };
    // oxlint-disable-next-line promise/no-callback-in-promise -- only for hosts that are not the server's own
    serve().catch((error: unknown) => void sendProblem(error, request, reply));
  });
});

declare module 'fastify' {
  // oxlint-disable-next-line typescript/consistent-type-definitions -- only interfaces merge
  interface FastifyRequest {
    /** The custom domain that the request came to, and the page that it shows. */
    domain: { handle: string; origin: string } | null;
  }
}
