import { type App, openPage, type PageEntry } from '@linkgrove/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createVisitorReader, type RequestCapturer } from '../capture.ts';
import type { PageAnswers } from '../plugins/public-page.ts';
import { UNLOCKED_DELIVERY } from './delivery.ts';
import type { PageFormat } from './renderings.ts';

/** Answers with an entry's page as its visitor sees it, and counts the view. */
export function createEntrySender(
  { app, capture }: { app: App; capture: RequestCapturer },
  { sendPage, sendLock }: PageAnswers,
) {
  const readVisitor = createVisitorReader(app);
  const countView = (request: FastifyRequest, { view }: PageEntry) =>
    app.recorder.push({ ...capture(request), subject: view });

  const sendRestricted = (
    request: FastifyRequest,
    reply: FastifyReply,
    entry: PageEntry,
    format: PageFormat,
  ) => {
    const page = openPage(app, entry, readVisitor(request));
    if (!page && format === 'html') return sendLock(request, reply, entry.page);
    if (!page) return sendPage(request, reply, entry.page, format);
    sendPage(request, reply, page, format, [], UNLOCKED_DELIVERY);
    if (format === 'html') countView(request, entry);
    return undefined;
  };

  return (request: FastifyRequest, reply: FastifyReply, entry: PageEntry, format: PageFormat) => {
    if (entry.restriction !== null) return sendRestricted(request, reply, entry, format);
    sendPage(request, reply, entry.page, format);
    if (format === 'html') countView(request, entry);
    return undefined;
  };
}
