import {
  type App,
  findCalendarFile,
  findLocale,
  formatMessage,
  isUuid,
  type LinkResolution,
  type Locale,
  type PublicBlock,
  resolveLink,
  titleVariant,
} from '@linkgrove/api';
import type { FastifyPluginAsync, FastifyReply } from 'fastify';
import { createVisitorReader, type RequestCapturer } from '../capture.ts';
import { html as markup } from '../html.ts';
import { type BlockContext, renderBlock, listContentSources } from '../public-page/blocks/index.ts';
import { createHiddenBlockSender } from '../public-page/hidden-block.ts';
import { renderLeaving } from '../public-page/leaving.ts';
import { sendToLock } from '../public-page/lock.ts';
import { buildUncachedHeaders, createLinkGoneNotice, renderNotice } from '../public-page/notice.ts';
import type { RenderedDocument } from '../public-page/page.ts';

const LINK_INDEX = /^\d{1,2}$/;

type LinkQuery = {
  to?: string | undefined;
  confirm?: string | undefined;
  leave?: string | undefined;
  variant?: string | undefined;
};

/** A repeated parameter counts as missing. */
const readQuery = (query: Record<string, unknown>): LinkQuery =>
  Object.fromEntries(Object.entries(query).filter(([, value]) => typeof value === 'string'));

const renderButton = (href: string, label: string) =>
  markup`<a class="button" href="${href}" rel="nofollow">${label}</a>`;
const renderBackButton = (handle: string, { messages }: Locale) =>
  renderButton(`../@${handle}`, messages.backToPage);

function describeGate(locale: Locale, gate: PublicBlock['gate']) {
  const { messages } = locale;
  if (gate === null || gate === 'sensitive')
    return { title: messages.sensitiveTitle, text: messages.sensitiveText, label: messages.continue };
  const age = { age: Number.parseInt(gate, 10) };
  return {
    title: formatMessage(locale, messages.ageTitle, age),
    text: formatMessage(locale, messages.ageText, age),
    label: formatMessage(locale, messages.ageConfirm, age),
  };
}

function renderGate(
  resolution: Extract<LinkResolution, { kind: 'gate' }>,
  variant: string | undefined,
): RenderedDocument {
  const { handle, block, confirmation, language } = resolution;
  const locale = findLocale(language);
  const { title, text, label } = describeGate(locale, block.gate);
  const suffix = variant === undefined ? '' : `&variant=${variant}`;
  const href = `?confirm=${encodeURIComponent(confirmation)}${suffix}`;
  return renderNotice(locale.tag, {
    symbol: block.gate === 'sensitive' ? '!' : (block.gate ?? '!'),
    title,
    text: block.title === null ? text : markup`<strong dir="auto">${block.title}</strong><br>${text}`,
    body: markup`<p class="actions">${renderButton(href, label)}${renderBackButton(handle, locale)}</p>`,
  });
}

function renderContent(
  resolution: Extract<LinkResolution, { kind: 'content' }>,
  publicUrl: string,
): RenderedDocument {
  const { handle, block, language, children } = resolution;
  const locale = findLocale(language);
  const context: BlockContext = {
    locale,
    language,
    // A custom domain has the same paths, and may send forms to itself only.
    localizeHref: (href) =>
      href?.startsWith(`${publicUrl}/go/`) ? `..${href.slice(publicUrl.length)}` : (href ?? ''),
    pageHost: new URL(publicUrl).hostname,
    renderChildren: () => children.map((child) => renderBlock(child, context)),
  };
  const { html, styles } = renderBlock(block, context);
  return renderNotice(language, {
    symbol: '✓',
    title: block.title ?? locale.messages.contentTitle,
    text: formatMessage(locale, locale.messages.sharedBy, { handle: `@${handle}` }),
    body: markup`<div class="actions">${html}${renderBackButton(handle, locale)}</div>`,
    styles,
    sources: listContentSources([block, ...children]),
  });
}

/** Without a link that could be copied from here. */
function renderWarning(
  { handle, language, url, leave }: Extract<LinkResolution, { kind: 'warning' }>,
  { to, confirm, variant }: LinkQuery,
): RenderedDocument {
  const locale = findLocale(language);
  const query = new URLSearchParams({
    ...(to && { to }),
    ...(confirm && { confirm }),
    ...(variant && { variant }),
    leave,
  });
  const back = renderBackButton(handle, locale);
  return renderLeaving(locale, { url, href: `?${query.toString()}`, back });
}

/** `?to=` is the index of the link in a block with several. Checks the block again: the page may be older. */
export const goPlugin: FastifyPluginAsync<{ app: App; capture: RequestCapturer }> = async (
  server,
  { app, capture },
) => {
  type Query = Record<'to' | 'confirm' | 'leave' | 'variant', string | string[] | undefined>;
  const readVisitor = createVisitorReader(app);
  const { homeUrl } = server.site;
  const renderLinkNotFound = createLinkGoneNotice(homeUrl);
  const sendHidden = createHiddenBlockSender(app, homeUrl);
  const send = (reply: FastifyReply, { html, policy }: RenderedDocument, status: number) =>
    reply.code(status).headers(buildUncachedHeaders(policy)).send(html);
  server.get<{ Params: { blockId: string } }>('/go/:blockId/event.ics', async (request, reply) => {
    const { blockId } = request.params;
    const file = isUuid(blockId) ? await findCalendarFile(app, blockId, readVisitor(request)) : undefined;
    if (file === undefined) return sendHidden(request, reply, blockId);
    if (typeof file !== 'string') return sendToLock(reply, file, 302);
    return reply
      .type('text/calendar; charset=utf-8')
      .header('content-disposition', 'attachment; filename="event.ics"')
      .send(file);
  });
  server.get<{ Params: { blockId: string }; Querystring: Query }>('/go/:blockId', async (request, reply) => {
    const { blockId } = request.params;
    const { to, confirm, leave } = readQuery(request.query);
    const variant = titleVariant.safeParse(request.query.variant).data;
    if (!isUuid(blockId) || (to !== undefined && !LINK_INDEX.test(to)))
      return send(reply, renderLinkNotFound(request.headers['accept-language']), 404);
    const index = to === undefined ? undefined : Number(to);
    const visitor = readVisitor(request);
    const resolution = await resolveLink(app, {
      blockId,
      visitor,
      index,
      confirmation: confirm,
      variant,
      leave,
    });
    if (!resolution) return sendHidden(request, reply, blockId);
    if (resolution.kind === 'locked')
      return reply.header('cache-control', 'no-store').redirect(`../@${resolution.handle}`, 302);
    if (resolution.kind === 'gate') return send(reply, renderGate(resolution, variant), 200);
    if (resolution.kind === 'warning')
      return send(reply, renderWarning(resolution, { to, confirm, variant }), 200);
    app.recorder.push({ ...capture(request), subject: resolution.click });
    if (resolution.kind === 'content')
      return send(reply, renderContent(resolution, app.config.publicUrl), 200);
    // The target learns which host the visitor comes from, but not which page.
    return reply.header('referrer-policy', 'strict-origin').redirect(resolution.url, 302);
  });
};
