import type { Locale, TakedownReason } from '@linkgrove/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { buildUncachedHeaders, createLocalizedNotice } from './notice.ts';

const describeTakedown = ({ messages }: Locale) => ({
  symbol: '!',
  title: messages.takenDownTitle,
  text: messages.takenDownText,
});
const describeLegal = ({ messages }: Locale) => ({
  symbol: '§',
  title: messages.legalTitle,
  text: messages.legalText,
});

export type TakedownSender = (
  request: FastifyRequest,
  reply: FastifyReply,
  reason: TakedownReason,
) => FastifyReply;

/** Visitors learn whether a legal order was the cause, and nothing else. */
export function createTakedownSender(homeUrl: string): TakedownSender {
  const renderTakedown = createLocalizedNotice(homeUrl, describeTakedown);
  const renderLegal = createLocalizedNotice(homeUrl, describeLegal);
  // RFC 7725 asks who withholds the page.
  const link = `<${homeUrl}>; rel="blocked-by"`;
  return (request, reply, reason) => {
    const render = reason === 'legal' ? renderLegal : renderTakedown;
    const { html, policy } = render(request.headers['accept-language']);
    return reply
      .code(451)
      .headers({ ...buildUncachedHeaders(policy), link })
      .send(html);
  };
}
