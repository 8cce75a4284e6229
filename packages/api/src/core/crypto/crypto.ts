import {
  createHash,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';

/** SHA-256; enough for values that are random already, such as tokens. */
export const hashWithSha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/** 256 random bits, as text for cookies and links. */
export const generateToken = (): string => randomBytes(32).toString('base64url');

/**
 * Derives tokens from ids with keys of their own. A derived token can be made again by whoever holds the
 * secret, so that neither a job nor a table ever has to hold the token itself.
 */
export type TokenDeriver = {
  /** The token of a mailed link, from the id of its row. */
  emailToken: (id: string) => string;
  /** The refresh token that follows another one: the same for each of several parallel tabs. */
  nextRefreshToken: (token: string) => string;
};

/** Keyed hash of an address that is no longer stored. */
export type EmailHasher = (emailCanonical: string) => Buffer;

// As a key object: made from bytes at each call, it would cost five times the hash.
const keyFor = (secret: Buffer, purpose: string): KeyObject =>
  createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', purpose, 32)));
const hmac = (key: KeyObject, text: string) => createHmac('sha256', key).update(text).digest();

/** Makes the deriver for an installation's secret (`PASSWORD_PEPPER`). */
export function createTokenDeriver(secret: Buffer): TokenDeriver {
  const emailKey = keyFor(secret, 'linkgrove email token');
  const refreshKey = keyFor(secret, 'linkgrove refresh token');
  return {
    emailToken: (id) => hmac(emailKey, id).toString('base64url'),
    nextRefreshToken: (token) => hmac(refreshKey, token).toString('base64url'),
  };
}

/** Makes the hasher for an installation's secret (`PASSWORD_PEPPER`). */
export function createEmailHasher(secret: Buffer): EmailHasher {
  const key = keyFor(secret, 'linkgrove email tombstone');
  return (emailCanonical) => hmac(key, emailCanonical);
}

/** Keyed hash of something that may tell two accounts of one person; of each kind with a key of its own. */
export type KeyedHasher = (kind: 'device' | 'network', text: string) => Buffer;

/** Makes the fingerprinter for an installation's secret (`PASSWORD_PEPPER`). */
export function createKeyedHasher(secret: Buffer): KeyedHasher {
  const keys = {
    device: keyFor(secret, 'linkgrove device'),
    network: keyFor(secret, 'linkgrove network'),
  };
  return (kind, text) => hmac(keys[kind], text);
}

/** Signs short texts that clients keep for us, and tells whether one that comes back is ours. */
export type Signer = { sign: (text: string) => string; verify: (signed: string) => string | null };

/** Makes the signer for one purpose with an installation's secret (`PASSWORD_PEPPER`). */
export function createSigner(secret: Buffer, purpose: string): Signer {
  const key = keyFor(secret, purpose);
  return {
    sign: (text) => `${text}.${hmac(key, text).toString('base64url')}`,
    verify: (signed) => {
      const dot = signed.lastIndexOf('.');
      const text = signed.slice(0, dot);
      const given = Buffer.from(signed.slice(dot + 1), 'base64url');
      const right = hmac(key, text);
      return dot > 0 && given.length === right.length && timingSafeEqual(given, right) ? text : null;
    },
  };
}
