import {
  type App,
  AppError,
  createReport,
  createReportInput,
  findPageEntry,
  findPageTakedown,
  type PublicPage,
} from '@linkgrove/api';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { acceptForms, readForm, sendFormPage } from '../form-body.ts';
import { createPageNotFoundNotice } from '../public-page/notice.ts';
import {
  renderReportForm,
  renderReportLimit,
  renderReportSent,
  type ReportEntries,
} from '../public-page/report.ts';
import { createTakedownSender } from '../public-page/takedown.ts';
import type { ContextFactory } from '../request-context.ts';

type Route = { Params: { handle: string } };

const readEntries = (form: URLSearchParams): ReportEntries => ({
  reason: form.get('reason') ?? '',
  details: form.get('details') ?? '',
  email: form.get('email') ?? '',
});

const parseEntries = (handle: string, { reason, details, email }: ReportEntries) =>
  createReportInput.safeParse({
    handle,
    reason,
    ...(details.trim() !== '' && { details }),
    ...(email.trim() !== '' && { email }),
  });

/** A form without a script for what `POST /api/public/reports` does. */
export const reportsPlugin: FastifyPluginAsync<{ app: App; createContext: ContextFactory }> = async (
  server,
  { app, createContext },
) => {
  acceptForms(server);
  const { homeUrl } = server.site;
  const sendTakenDown = createTakedownSender(homeUrl);
  const renderNotFound = createPageNotFoundNotice(homeUrl);

  const sendMissing = async (request: FastifyRequest<Route>, reply: FastifyReply) => {
    const reason = await findPageTakedown(app, request.params.handle);
    if (reason !== undefined) return sendTakenDown(request, reply, reason);
    return sendFormPage(reply, renderNotFound(request.headers['accept-language']), 404);
  };

  const acceptReport = async (request: FastifyRequest<Route>, reply: FastifyReply, page: PublicPage) => {
    const form = readForm(request);
    const entries = readEntries(form);
    const { data } = parseEntries(page.handle, entries);
    if (!data) return sendFormPage(reply, renderReportForm(page, entries), 422);
    if ((form.get('website') ?? '') !== '') return sendFormPage(reply, renderReportSent(page), 200);
    try {
      await createReport(createContext(request, reply), data);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'RATE_LIMITED') throw error;
      return sendFormPage(
        reply.header('retry-after', error.retryAfterSeconds ?? 1),
        renderReportLimit(page),
        429,
      );
    }
    return sendFormPage(reply, renderReportSent(page), 200);
  };

  server.get<Route>('/@:handle/report', async (request, reply) => {
    const entry = await findPageEntry(app, request.params.handle);
    return entry ? sendFormPage(reply, renderReportForm(entry.page), 200) : sendMissing(request, reply);
  });
  server.post<Route>('/@:handle/report', async (request, reply) => {
    const entry = await findPageEntry(app, request.params.handle);
    return entry ? acceptReport(request, reply, entry.page) : sendMissing(request, reply);
  });
};
