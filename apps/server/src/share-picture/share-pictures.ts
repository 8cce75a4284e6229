import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import {
  type App,
  AppError,
  canonicalizeAddress,
  createProcessPool,
  isObjectKey,
  type PublicPage,
} from '@linkgrove/api';
import { LRUCache } from 'lru-cache';
import { findInitial } from '../public-page/header.ts';
import { resolvePictureLook } from '../public-page/theme.ts';
import type { SharePicture } from './picture.ts';

/** Raised when the template changes, so that caches load the new pictures. */
const TEMPLATE_VERSION = 1;
const MAX_QUEUED = 20;
const MAX_WAIT_MS = 30_000;
const PAINT_TIMEOUT_MS = 60_000;
const IDLE_MS = 10_000;
const MAX_CACHED_BYTES = 32_000_000;
const MAX_AVATAR_BYTES = 5_000_000;

const PROCESS_FILE = new URL(
  import.meta.url.endsWith('.ts') ? 'painter-process.ts' : 'painter-process.js',
  import.meta.url,
);

const createBusyError = () =>
  new AppError('UNAVAILABLE', 'Too many pictures are being painted right now. Try again shortly.', {
    retryAfterSeconds: 10,
  });
const createPaintError = (cause: Error) =>
  new AppError('UNAVAILABLE', 'The picture could not be painted', { cause, retryAfterSeconds: 60 });

const describePicture = (page: PublicPage): Omit<SharePicture, 'avatar'> => ({
  title: page.title,
  handle: `@${page.handle}`,
  bio: page.bio,
  language: page.language,
  direction: page.direction,
  initial: findInitial(page.title),
  ...resolvePictureLook(page.theme),
});

/** Changes with everything that the picture shows. */
export function computePictureVersion(page: PublicPage): string {
  const shown = [TEMPLATE_VERSION, describePicture(page), page.avatarUrl];
  return createHash('sha256').update(JSON.stringify(shown)).digest('base64url').slice(0, 16);
}

export const buildPictureUrl = (page: PublicPage): string =>
  `${page.url.replace(/\/$/, '')}/og.png?v=${computePictureVersion(page)}`;

/** Only an uploaded one. Pictures on other servers are not loaded: anybody could name any address. */
async function readAvatar({ config, fileStore }: App, { avatarUrl }: PublicPage): Promise<Uint8Array | null> {
  const base = `${config.files.url}/`;
  const key = avatarUrl?.startsWith(base) ? avatarUrl.slice(base.length) : '';
  if (!isObjectKey(key)) return null;
  const object = await fileStore.find(key);
  return object && object.size <= MAX_AVATAR_BYTES ? buffer(await object.open()) : null;
}

export type SharePictures = {
  /** Throws `RATE_LIMITED` if it has to be painted and the client had many painted, and `UNAVAILABLE`. */
  getPicture: (page: PublicPage, ip: string) => Promise<Uint8Array>;
  close: () => void;
};

/** Pictures of pages for links that are shared elsewhere. Each version of a page is painted once. */
export function createSharePictures(app: App): SharePictures {
  const painter = createProcessPool<SharePicture, Uint8Array>({
    file: PROCESS_FILE,
    slots: 1,
    maxQueued: MAX_QUEUED,
    maxWaitMs: MAX_WAIT_MS,
    timeoutMs: PAINT_TIMEOUT_MS,
    idleMs: IDLE_MS,
    createBusyError,
    createFailure: createPaintError,
  });
  const painted = new LRUCache<string, Uint8Array>({
    maxSize: MAX_CACHED_BYTES,
    sizeCalculation: ({ length }) => length,
  });
  const painting = new Map<string, Promise<Uint8Array>>();

  const paint = async (version: string, page: PublicPage): Promise<Uint8Array> => {
    const avatar = await readAvatar(app, page);
    const png = await painter.ask({ ...describePicture(page), avatar });
    painted.set(version, png);
    return png;
  };

  return {
    getPicture: async (page, ip) => {
      const version = computePictureVersion(page);
      const known = painted.get(version) ?? painting.get(version);
      if (known) return known;
      await app.limiter.consume('sharePictures', canonicalizeAddress(ip));
      const begun = painting.get(version) ?? paint(version, page).finally(() => painting.delete(version));
      painting.set(version, begun);
      return begun;
    },
    close: painter.close,
  };
}
