import { type App, isUuid, resolveLink, type LinkResolution } from '@linkgrove/api';
import type { FastifyPluginAsync } from 'fastify';
import { html as markup } from '../html.ts';
import { renderBlock, listContentSources } from '../public-page/blocks.ts';
import { buildNoticeHeaders, renderNotice } from '../public-page/notice.ts';
import type { RenderedDocument } from '../public-page/page.ts';

const PLACE = /^\d{1,2}$/;

const QUESTIONS = {
  sensitive: [
    'This may not be for everyone',
    'What follows was marked as sensitive by whoever shares it.',
    'Continue',
  ],
  '18+': ['Are you 18 or older?', 'What follows is for adults.', 'I am 18 or older'],
  '21+': ['Are you 21 or older?', 'What follows is for those of 21 and more.', 'I am 21 or older'],
  '25+': ['Are you 25 or older?', 'What follows is for those of 25 and more.', 'I am 25 or older'],
} as const;

const action = (href: string, label: string) =>
  markup`<a class="button one" href="${href}" rel="nofollow">${label}</a>`;
const back = (handle: string) => action(`../@${handle}`, 'Back to the page');

const gone = renderNotice({
  sign: '?',
  title: 'This link leads nowhere now',
  text: 'It was taken down, or is not up yet.',
});

const question = ({
  handle,
  block,
  confirmation,
}: Extract<LinkResolution, { kind: 'gate' }>): RenderedDocument => {
  const [title, text, label] = QUESTIONS[block.gate ?? 'sensitive'];
  const href = `?confirm=${encodeURIComponent(confirmation)}`;
  return renderNotice({
    sign: block.gate === 'sensitive' ? '!' : (block.gate ?? '!'),
    title,
    text: block.title === null ? text : `${block.title}. ${text}`,
    body: markup`<p class="actions">${action(href, label)}${back(handle)}</p>`,
  });
};

const content = ({ handle, block }: Extract<LinkResolution, { kind: 'content' }>): RenderedDocument => {
  const { html, styles } = renderBlock(block, (href) => href ?? '');
  return renderNotice({
    sign: '✓',
    title: block.title ?? 'Here it is',
    text: `Shared by @${handle}`,
    body: markup`<div class="actions">${html}${back(handle)}</div>`,
    style: styles,
    sources: listContentSources([block]),
  });
};

/**
 * `/go/{blockId}`: sends a visitor to where a block leads, `?to=` telling which of several addresses, after what
 * its gate asks. Whatever a page showed a moment ago is looked at again: only a live block leads anywhere.
 */
export const goPlugin: FastifyPluginAsync<{ app: App }> = async (server, { app }) => {
  type Query = Record<'to' | 'confirm', string | undefined>;
  server.get<{ Params: { blockId: string }; Querystring: Query }>('/go/:blockId', async (request, reply) => {
    const { blockId } = request.params;
    const { to, confirm } = request.query;
    const say = ({ html, policy }: RenderedDocument, status: number) =>
      reply.code(status).headers(buildNoticeHeaders(policy)).send(html);
    if (!isUuid(blockId) || (to !== undefined && !PLACE.test(to))) return say(gone, 404);
    const place = to === undefined ? undefined : Number(to);
    const passage = await resolveLink(app, { blockId, place, confirmation: confirm });
    if (!passage) return say(gone, 404);
    if (passage.kind === 'gate') return say(question(passage), 200);
    // A click on `passage.block` is counted here once there are analytics; not for HEAD and prefetches.
    if (passage.kind === 'content') return say(content(passage), 200);
    // Where a visitor comes from is told as the host alone.
    return reply.header('referrer-policy', 'strict-origin').redirect(passage.url, 302);
  });
};
