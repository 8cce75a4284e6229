import {
  AppError,
  type App,
  verifySubmission,
  findLocale,
  findOpenForm,
  findPageTakedown,
  findSubmissionOfToken,
  isUuid,
  type Locale,
  type OpenForm,
  acceptSubmission,
  unsubscribeSubmission,
} from '@linkgrove/api';
import type { FastifyPluginAsync } from 'fastify';
import { acceptForms, readForm, sendFormPage } from '../form-body.ts';
import { html as markup } from '../html.ts';
import { type Entries, renderForm } from '../public-page/blocks/form.ts';
import { createHiddenBlockSender } from '../public-page/hidden-block.ts';
import { sendToLock } from '../public-page/lock.ts';
import { createLinkGoneNotice, renderNotice } from '../public-page/notice.ts';
import type { RenderedDocument } from '../public-page/page.ts';
import { createTakedownSender } from '../public-page/takedown.ts';
import type { ContextFactory } from '../request-context.ts';
import { createVisitorReader } from '../capture.ts';

const FIELDS = ['email', 'name', 'phone', 'message'] as const;

const renderBackLink = (handle: string, { messages }: Locale, depth: string) =>
  markup`<p class="actions"><a class="button" href="${depth}@${handle}">${messages.backToPage}</a></p>`;

function readEntries(body: URLSearchParams) {
  const fields = Object.fromEntries(
    FIELDS.flatMap((field) => (body.has(field) ? [[field, body.get(field) ?? '']] : [])),
  );
  const consentText = body.get('consentText');
  return {
    fields,
    consent: body.get('consent') === 'yes',
    ...(consentText !== null && { consentText }),
    website: body.get('website') ?? '',
  };
}

function translateErrors({ messages }: Locale, error: AppError): Entries['errors'] {
  const rows = (error.errors ?? []).map(({ path, code }) => {
    const key = path.replace(/^fields\./, '');
    if (key === 'consent') return [key, messages.formConsent];
    return [key, code === 'required' ? messages.formRequired : messages.formInvalid];
  });
  return Object.fromEntries(rows);
}

function renderEnteredForm(form: OpenForm, entries: Entries): RenderedDocument {
  const { block, handle, language } = form;
  const locale = findLocale(language);
  const context = { locale, language, localizeHref: () => 'form', pageHost: '', renderChildren: () => [] };
  const { html, styles } = renderForm(block, context, entries);
  return renderNotice(language, {
    symbol: '!',
    title: locale.messages.formInvalid,
    text: '',
    body: markup`<div class="actions">${html}</div>${renderBackLink(handle, locale, '../../')}`,
    styles,
    sources: { images: [], frames: [], hasForm: true },
  });
}

function renderThanks({ block, handle, language }: OpenForm, confirm: boolean): RenderedDocument {
  const locale = findLocale(language);
  const { thanks } = block.data;
  return renderNotice(language, {
    symbol: '✓',
    title: locale.messages.formThanks,
    text: confirm ? locale.messages.formCheckInbox : (thanks ?? ''),
    body: renderBackLink(handle, locale, '../../'),
  });
}

type Step = { title: (locale: Locale) => string; done: (locale: Locale) => string };
const STEPS: Record<'confirm' | 'unsubscribe', Step> = {
  confirm: {
    title: ({ messages }) => messages.formConfirm,
    done: ({ messages }) => messages.formConfirmed,
  },
  unsubscribe: {
    title: ({ messages }) => messages.formUnsubscribe,
    done: ({ messages }) => messages.formUnsubscribed,
  },
};

export const formsPlugin: FastifyPluginAsync<{ app: App; createContext: ContextFactory }> = async (
  server,
  { app, createContext },
) => {
  acceptForms(server);
  const { homeUrl } = server.site;
  const sendTakenDown = createTakedownSender(homeUrl);
  const sendHidden = createHiddenBlockSender(app, homeUrl);
  const readVisitor = createVisitorReader(app);
  const renderGone = createLinkGoneNotice(homeUrl);

  server.post<{ Params: { blockId: string } }>('/go/:blockId/form', async (request, reply) => {
    const { blockId } = request.params;
    const form = isUuid(blockId) ? await findOpenForm(app, blockId, readVisitor(request)) : undefined;
    if (!form) return sendHidden(request, reply, blockId);
    if ('lockedHandle' in form) return sendToLock(reply, form, 303);
    const entries = readEntries(readForm(request));
    try {
      const { confirm } = await acceptSubmission(createContext(request, reply), { id: blockId, ...entries });
      return await sendFormPage(reply, renderThanks(form, confirm), 200);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'VALIDATION_FAILED') throw error;
      const errors = translateErrors(findLocale(form.language), error);
      return sendFormPage(
        reply,
        renderEnteredForm(form, {
          values: entries.fields,
          consent: entries.consent && !errors.consent,
          errors,
        }),
        422,
      );
    }
  });

  for (const [name, { title, done }] of Object.entries(STEPS)) {
    const path = `/go/form/${name}`;
    type Query = { Querystring: { token?: string } };
    const readToken = (value: unknown) => (typeof value === 'string' ? value : '');
    /** Entries go to no page that was taken down, and can be deleted all the same. */
    const findTakedown = async (handle: string) =>
      name === 'confirm' ? findPageTakedown(app, handle) : undefined;
    server.get<Query>(path, async (request, reply) => {
      const token = readToken(request.query.token);
      const found = await findSubmissionOfToken(app, token);
      if (!found) return sendFormPage(reply, renderGone(request.headers['accept-language']), 410);
      const takedown = await findTakedown(found.handle);
      if (takedown !== undefined) return sendTakenDown(request, reply, takedown);
      const locale = findLocale(found.language);
      // Programs that look at mails open links, so only a press of the button changes something.
      const body = markup`<form class="actions" method="post"><input type="hidden" name="token" value="${token}"><button class="button" type="submit">${title(locale)}</button></form>`;
      const notice = { symbol: '@', title: title(locale), text: `@${found.handle}`, body };
      const sources = { images: [], frames: [], hasForm: true };
      return sendFormPage(reply, renderNotice(found.language, { ...notice, sources }), 200);
    });
    server.post(path, async (request, reply) => {
      const token = readToken(readForm(request).get('token'));
      const found = await findSubmissionOfToken(app, token);
      if (!found) return sendFormPage(reply, renderGone(request.headers['accept-language']), 410);
      const takedown = await findTakedown(found.handle);
      if (takedown !== undefined) return sendTakenDown(request, reply, takedown);
      if (name === 'confirm') await verifySubmission(app, token);
      else await unsubscribeSubmission(app, token);
      const locale = findLocale(found.language);
      const notice = { symbol: '✓', title: done(locale), text: `@${found.handle}` };
      const body = renderBackLink(found.handle, locale, '../../');
      return sendFormPage(reply, renderNotice(found.language, { ...notice, body }), 200);
    });
  }
};
