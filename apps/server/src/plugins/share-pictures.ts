import { type App, findPageEntry, findPageTakedown, type PageEntry } from '@linkgrove/api';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createCachedResponse, sendCachedResponse } from '../public-page/cached-response.ts';
import { PUBLIC_DELIVERY } from '../public-page/delivery.ts';
import { createPageNotFoundNotice } from '../public-page/notice.ts';
import { computePictureVersion } from '../share-picture/share-pictures.ts';
import type { PageAnswers } from './public-page.ts';

/** For a picture whose address has its version; others are stale as soon as the page changes. */
const CURRENT_CACHE_CONTROL = 'public, max-age=3600';

/** Answers with the picture of a page that everybody may see. Throws `RATE_LIMITED` and `UNAVAILABLE`. */
export function createPictureSender(server: FastifyInstance, { commonHeaders, sendNotFound }: PageAnswers) {
  const renderNotFound = createPageNotFoundNotice(server.site.homeUrl);
  return async (request: FastifyRequest, reply: FastifyReply, entry: PageEntry | undefined) => {
    const lockId = entry?.restriction?.lockId ?? null;
    if (!entry || lockId !== null)
      return sendNotFound(request, reply, renderNotFound(request.headers['accept-language']));
    const { page } = entry;
    const png = await server.sharePictures.getPicture(page, request.ip);
    const isCurrent = request.url.endsWith(`?v=${computePictureVersion(page)}`);
    const response = createCachedResponse(png, 'image/png', {
      ...commonHeaders,
      ...(isCurrent ? { 'cache-control': CURRENT_CACHE_CONTROL } : PUBLIC_DELIVERY.headers),
      'cross-origin-resource-policy': 'cross-origin',
    });
    return sendCachedResponse(request, reply, response, []);
  };
}

type Route = { Params: { handle: string } };

export function serveSharePictures(server: FastifyInstance, app: App, answers: PageAnswers): void {
  const { admitRequest, sendRedirect, sendTakenDown } = answers;
  const sendPicture = createPictureSender(server, answers);
  server.get<Route>('/@:handle/og.png', async (request, reply) => {
    admitRequest(request);
    const entry = await findPageEntry(app, request.params.handle);
    const takedown = entry ? undefined : await findPageTakedown(app, request.params.handle);
    if (takedown !== undefined) return sendTakenDown(request, reply, takedown);
    const handle = entry?.page.handle ?? request.params.handle;
    if (handle === request.params.handle) return sendPicture(request, reply, entry);
    const [, query] = request.url.split('?', 2);
    const address = `${server.site.basePath}/@${handle}/og.png`;
    return sendRedirect(request, reply, query === undefined ? address : `${address}?${query}`);
  });
}
