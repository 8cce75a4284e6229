import { type App, type OpenedPage, openPage, type PageEntry } from '@linkgrove/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createVisitorReader, type RequestCapturer } from '../capture.ts';
import type { PageAnswers } from '../plugins/public-page.ts';
import { createDelivery } from './delivery.ts';
import type { PageFormat } from './renderings.ts';

/** Answers with an entry's page as its visitor sees it, and counts the view. */
export function createEntrySender(
  { app, capture }: { app: App; capture: RequestCapturer },
  { sendPage, sendLock }: PageAnswers,
) {
  const readVisitor = createVisitorReader(app);
  const countView = (request: FastifyRequest, { view }: PageEntry, titles?: OpenedPage['titles']) =>
    app.recorder.push({ ...capture(request), subject: titles ? { ...view, titles } : view });

  const sendRestricted = async (
    request: FastifyRequest,
    reply: FastifyReply,
    entry: PageEntry,
    format: PageFormat,
  ) => {
    const visitor = readVisitor(request);
    const opened = await openPage(app, entry, visitor, { canRandomize: format === 'html' });
    if (!opened && format === 'html') return sendLock(request, reply, entry.page);
    if (!opened) return sendPage(request, reply, entry.page, format);
    sendPage(request, reply, opened.page, format, [], createDelivery(opened));
    if (format === 'html') countView(request, entry, opened.titles);
    return undefined;
  };

  return (request: FastifyRequest, reply: FastifyReply, entry: PageEntry, format: PageFormat) => {
    if (entry.restriction !== null) return sendRestricted(request, reply, entry, format);
    sendPage(request, reply, entry.page, format);
    if (format === 'html') countView(request, entry);
    return undefined;
  };
}
