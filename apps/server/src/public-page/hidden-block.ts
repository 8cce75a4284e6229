import { type App, findBlockTakedown, isUuid } from '@linkgrove/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { buildUncachedHeaders, createLinkGoneNotice } from './notice.ts';
import { createTakedownSender } from './takedown.ts';

/** Answers for a block that the visitor cannot see. Asks why only here, as followed links should pay nothing for it. */
export function createHiddenBlockSender(app: App, homeUrl: string) {
  const renderGone = createLinkGoneNotice(homeUrl);
  const sendTakenDown = createTakedownSender(homeUrl);
  return async (request: FastifyRequest, reply: FastifyReply, blockId: string) => {
    const reason = isUuid(blockId) ? await findBlockTakedown(app, blockId) : undefined;
    if (reason !== undefined) return sendTakenDown(request, reply, reason);
    const { html, policy } = renderGone(request.headers['accept-language']);
    return reply.code(404).headers(buildUncachedHeaders(policy)).send(html);
  };
}
