import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { buildUncachedHeaders } from './public-page/notice.ts';
import type { RenderedDocument } from './public-page/page.ts';

const MAX_BODY_BYTES = 64_000;

/** For forms without a script. Other content types are refused. */
export function acceptForms(server: FastifyInstance): void {
  server.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: MAX_BODY_BYTES },
    (_request, body, done) => done(null, new URLSearchParams(String(body))),
  );
}

export const readForm = ({ body }: FastifyRequest): URLSearchParams =>
  body instanceof URLSearchParams ? body : new URLSearchParams();

/** `Origin` of the next form would be `null` under the server's own policy. */
const REFERRER_POLICY = { 'referrer-policy': 'same-origin' };

/** Sends a page that has a form, or that answers one. */
export const sendFormPage = (reply: FastifyReply, { html, policy }: RenderedDocument, status: number) =>
  reply
    .code(status)
    .headers({ ...buildUncachedHeaders(policy), ...REFERRER_POLICY })
    .send(html);
