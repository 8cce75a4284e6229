import type { Readable } from 'node:stream';

/** The first and the last byte, both included. */
export type ByteRange = { start: number; end: number };

export type StoredObject = { size: number; open: (range?: ByteRange) => Promise<Readable> };

export type ObjectHeaders = { type: string; disposition: string };

/** Where the bytes of uploads are. Keys contain the hash of their content, so an object never changes. */
export type FileStore = {
  put: (key: string, path: string, headers: ObjectHeaders) => Promise<void>;
  /** Undefined if there is none. */
  find: (key: string) => Promise<StoredObject | undefined>;
  /** Succeeds for an object that does not exist. The copy has the same headers. */
  copy: (from: string, to: string) => Promise<void>;
  /** Succeeds for an object that does not exist. */
  move: (from: string, to: string) => Promise<void>;
  /** Succeeds for an object that does not exist. */
  delete: (key: string) => Promise<void>;
};

const PART = String.raw`[a-z0-9]+(?:[-.][a-z0-9]+)*`;
const KEY = new RegExp(`^${PART}(?:/${PART})?$`);
const MAX_KEY_LENGTH = 200;

/** Keys are made by us; those in URLs come from strangers. No part of one can be `..` or start with a dot. */
export const isObjectKey = (key: string): boolean => key.length <= MAX_KEY_LENGTH && KEY.test(key);

/**
 * A browser may keep what it has seen. Shared caches ask again after an hour, because the object may be withheld by then.
 */
export const OBJECT_CACHE_CONTROL = 'public, max-age=31536000, s-maxage=3600, immutable';
