import { createHash } from 'node:crypto';

export const createContentEtag = (body: string | Uint8Array): string =>
  `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;

/** Proxies may have made the ETag a weak one. */
export const isEtagGiven = (given: string | undefined, etag: string): boolean =>
  given !== undefined &&
  (given === etag ||
    given.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag));
