import {
  type App,
  canBeDomain,
  findHandleOfHost,
  findPageEntry,
  findPageTakedown,
  type Locale,
  type PageEntry,
  peekHandleOfHost,
} from '@linkgrove/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import type { RequestCapturer } from '../capture.ts';
import { createLocalizedNotice } from '../public-page/notice.ts';
import type { PageFormat } from '../public-page/renderings.ts';
import { sendProblem } from './errors.ts';
import { createPageAnswers } from './public-page.ts';

const FORMATS_BY_PATH: Record<string, PageFormat> = {
  '/': 'html',
  '/qr.svg': 'svg',
  '/qr.png': 'png',
  '/contact.vcf': 'vcard',
  '/share': 'share',
};
/** Paths that the routes of the server answer on every host. */
const SHARED_PATH = /^\/(?:go\/[^/]+(?:\/[^/]+)?|assets\/fonts\/[^/]+)$/;
const HANDLE_PATH = /^\/@[^/]*\/?$/;
/** Enough for every spelling that honest clients use. */
const MAX_OWN_HOSTS = 100;
const ROBOTS = 'User-agent: *\nAllow: /\n';

const describePageNotFound = ({ messages }: Locale) => ({
  symbol: '?',
  title: messages.notFoundTitle,
  text: messages.notFoundText,
});

/** A customer's domain may have other subdomains, which this server must not force to use https. */
const toDomainHeaders = (headers: Record<string, string>): Record<string, string> =>
  headers['strict-transport-security'] === undefined
    ? headers
    : { ...headers, 'strict-transport-security': 'max-age=31536000' };

type Options = { app: App; capture: RequestCapturer };

/** Answers requests to custom domains, which reach no route but `/go`: no sign-in, no cookies of sessions, no API. */
export const domainHostsPlugin = fp<Options>(async (server, { app, capture }) => {
  const headers = toDomainHeaders(server.site.securityHeaders);
  const { admitRequest, sendPage, sendNotFound, sendTakenDown, sendRedirect } = createPageAnswers(
    server,
    app,
    headers,
  );
  const renderPageNotFound = createLocalizedNotice(server.site.homeUrl, describePageNotFound);

  const sendUnknown = (request: FastifyRequest, reply: FastifyReply) =>
    sendNotFound(request, reply, renderPageNotFound(request.headers['accept-language']));

  const sendEntry = (request: FastifyRequest, reply: FastifyReply, entry: PageEntry, path: string) => {
    const format = FORMATS_BY_PATH[path];
    if (HANDLE_PATH.test(path)) return sendRedirect(request, reply, entry.page.url);
    if (path === '/report')
      return sendRedirect(request, reply, `${app.config.publicUrl}/@${entry.page.handle}/report`);
    if (path === '/robots.txt') return reply.headers(headers).type('text/plain').send(ROBOTS);
    if (format === undefined) return sendUnknown(request, reply);
    sendPage(request, reply, entry.page, format);
    if (format === 'html') app.recorder.push({ ...capture(request), subject: entry.view });
    return undefined;
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
    if (!canBeDomain(app, host)) {
      if (ownHosts.size < MAX_OWN_HOSTS) ownHosts.add(given);
      return done();
    }
    const known = peekHandleOfHost(app, host);
    if (known === null) return done();
    const serve = async () => {
      const handle = known ?? (await findHandleOfHost(app, host));
      if (handle === undefined) return done();
      const isShared = request.method === 'GET' && SHARED_PATH.test(request.url.split('?', 1)[0] ?? '');
      if (!isShared) return serveHost(request, reply, host, handle);
      reply.header('strict-transport-security', headers['strict-transport-security'] ?? 'max-age=0');
      return done();
    };
    // oxlint-disable-next-line promise/no-callback-in-promise -- only for hosts that are not the server's own
    serve().catch((error: unknown) => void sendProblem(error, request, reply));
  });
});
