import { canonicalizeAddress, type Visit } from '@linkgrove/api';
import type { FastifyRequest } from 'fastify';

const isPrefetch = ({ method, headers }: FastifyRequest): boolean =>
  method === 'HEAD' ||
  /prefetch|preview/i.test(String(headers['sec-purpose'] ?? headers['purpose'] ?? headers['x-moz'] ?? ''));

/** Loads of images, frames and the like (Fetch Metadata, W3C). The `fetch` of Node.js sends only the mode `cors`. */
const isEmbedded = ({ headers }: FastifyRequest): boolean => {
  const { 'sec-fetch-dest': dest, 'sec-fetch-mode': mode = 'navigate' } = headers;
  return dest === undefined ? mode !== 'navigate' && mode !== 'cors' : dest !== 'document';
};

export const readVisitor = (request: FastifyRequest): Pick<Visit, 'address' | 'userAgent' | 'loading'> => ({
  address: canonicalizeAddress(request.ip),
  userAgent: request.headers['user-agent'],
  loading: isEmbedded(request) ? 'embedded' : isPrefetch(request) ? 'prefetch' : 'page',
});
