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
import { acceptForms, readForm } from '../form-body.ts';
import { buildUncachedHeaders, createPageNotFoundNotice } from '../public-page/notice.ts';
import type { RenderedDocument } from '../public-page/page.ts';
import {
  renderReportForm,
  renderReportLimit,
  renderReportSent,
  type ReportEntries,
} from '../public-page/report.ts';
import { createTakedownSender } from '../public-page/takedown.ts';
import type { ContextFactory } from '../request-context.ts';

type Route = { Params: { handle: string } };

/** `Origin` of the form would be `null` under the server's own policy. */
const REFERRER_POLICY = { 'referrer-policy': 'same-origin' };

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
  const send = (reply: FastifyReply, { html, policy }: RenderedDocument, status: number) =>
    reply
      .code(status)
      .headers({ ...buildUncachedHeaders(policy), ...REFERRER_POLICY })
      .send(html);

  const sendMissing = async (request: FastifyRequest<Route>, reply: FastifyReply) => {
    const reason = await findPageTakedown(app, request.params.handle);
    if (reason !== undefined) return sendTakenDown(request, reply, reason);
    return send(reply, renderNotFound(request.headers['accept-language']), 404);
  };

  const acceptReport = async (request: FastifyRequest<Route>, reply: FastifyReply, page: PublicPage) => {
    const form = readForm(request);
    const entries = readEntries(form);
    const { data } = parseEntries(page.handle, entries);
    if (!data) return send(reply, renderReportForm(page, entries), 422);
    if ((form.get('website') ?? '') !== '') return send(reply, renderReportSent(page), 200);
    try {
      await createReport(createContext(request, reply), data);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'RATE_LIMITED') throw error;
      return send(reply.header('retry-after', error.retryAfterSeconds ?? 1), renderReportLimit(page), 429);
    }
    return send(reply, renderReportSent(page), 200);
  };

  server.get<Route>('/@:handle/report', async (request, reply) => {
    const entry = await findPageEntry(app, request.params.handle);
    return entry ? send(reply, renderReportForm(entry.page), 200) : sendMissing(request, reply);
  });
  server.post<Route>('/@:handle/report', async (request, reply) => {
    const entry = await findPageEntry(app, request.params.handle);
    return entry ? acceptReport(request, reply, entry.page) : sendMissing(request, reply);
  });
};
