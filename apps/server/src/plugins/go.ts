import { type App, isUuid, resolveLink, type LinkResolution } from '@linkgrove/api';
import type { FastifyPluginAsync } from 'fastify';
import { html as markup } from '../html.ts';
import { renderBlock, listContentSources } from '../public-page/blocks.ts';
import { buildUncachedHeaders, renderNotice } from '../public-page/notice.ts';
import type { RenderedDocument } from '../public-page/page.ts';

const LINK_INDEX = /^\d{1,2}$/;

const GATE_TEXTS = {
  sensitive: ['This may not be for everyone', 'The owner of this page marked it as sensitive.', 'Continue'],
  '18+': ['Are you 18 or older?', 'This content is for adults only.', 'I am 18 or older'],
  '21+': ['Are you 21 or older?', 'This content is only for people aged 21 or older.', 'I am 21 or older'],
  '25+': ['Are you 25 or older?', 'This content is only for people aged 25 or older.', 'I am 25 or older'],
} as const;

const renderButton = (href: string, label: string) =>
  markup`<a class="button one" href="${href}" rel="nofollow">${label}</a>`;
const renderBackButton = (handle: string) => renderButton(`../@${handle}`, 'Back to the page');

const linkNotFound = renderNotice({
  symbol: '?',
  title: 'This link is not available',
  text: 'It may have been removed, or it may not be published yet.',
});

const renderGate = ({
  handle,
  block,
  confirmation,
}: Extract<LinkResolution, { kind: 'gate' }>): RenderedDocument => {
  const [title, text, label] = GATE_TEXTS[block.gate ?? 'sensitive'];
  const href = `?confirm=${encodeURIComponent(confirmation)}`;
  return renderNotice({
    symbol: block.gate === 'sensitive' ? '!' : (block.gate ?? '!'),
    title,
    text: block.title === null ? text : `${block.title}. ${text}`,
    body: markup`<p class="actions">${renderButton(href, label)}${renderBackButton(handle)}</p>`,
  });
};

const renderContent = ({ handle, block }: Extract<LinkResolution, { kind: 'content' }>): RenderedDocument => {
  const { html, styles } = renderBlock(block, (href) => href ?? '');
  return renderNotice({
    symbol: '✓',
    title: block.title ?? 'Here it is',
    text: `Shared by @${handle}`,
    body: markup`<div class="actions">${html}${renderBackButton(handle)}</div>`,
    styles,
    sources: listContentSources([block]),
  });
};

/**
 * Serves `/go/{blockId}`, which redirects a visitor to the target of a block, after its gate if it has one. `?to=` is
 * the index of the link in a block with several. Checks the block again, as the page may have been loaded earlier.
 */
export const goPlugin: FastifyPluginAsync<{ app: App }> = async (server, { app }) => {
  type Query = Record<'to' | 'confirm', string | undefined>;
  server.get<{ Params: { blockId: string }; Querystring: Query }>('/go/:blockId', async (request, reply) => {
    const { blockId } = request.params;
    const { to, confirm } = request.query;
    const send = ({ html, policy }: RenderedDocument, status: number) =>
      reply.code(status).headers(buildUncachedHeaders(policy)).send(html);
    if (!isUuid(blockId) || (to !== undefined && !LINK_INDEX.test(to))) return send(linkNotFound, 404);
    const index = to === undefined ? undefined : Number(to);
    const resolution = await resolveLink(app, { blockId, index, confirmation: confirm });
    if (!resolution) return send(linkNotFound, 404);
    if (resolution.kind === 'gate') return send(renderGate(resolution), 200);
    if (resolution.kind === 'content') return send(renderContent(resolution), 200);
    // The target learns which host the visitor comes from, but not which page.
    return reply.header('referrer-policy', 'strict-origin').redirect(resolution.url, 302);
  });
};
