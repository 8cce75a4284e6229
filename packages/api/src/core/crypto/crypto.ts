import {
  createHash,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';

/** Enough for values that are already random, such as tokens. */
export const hashWithSha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

export const generateToken = (): string => randomBytes(32).toString('base64url');

/** The holder of the secret can derive a token again, so that no job and no table has to store it. */
export type TokenDeriver = {
  emailToken: (id: string) => string;
  /** Six digits, for people to type. */
  loginCode: (id: string) => string;
  invitationToken: (id: string) => string;
  formToken: (id: string) => string;
  nextRefreshToken: (token: string) => string;
};

export type EmailHasher = (emailCanonical: string) => Buffer;

// A key object, because importing the bytes for each call would cost five times the hash.
const keyFor = (secret: Buffer, purpose: string): KeyObject =>
  createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', purpose, 32)));
const hmac = (key: KeyObject, text: string) => createHmac('sha256', key).update(text).digest();

export function createTokenDeriver(secret: Buffer): TokenDeriver {
  const emailKey = keyFor(secret, 'linkgrove email token');
  const codeKey = keyFor(secret, 'linkgrove login code');
  const invitationKey = keyFor(secret, 'linkgrove invitation token');
  const formKey = keyFor(secret, 'linkgrove form token');
  const refreshKey = keyFor(secret, 'linkgrove refresh token');
  return {
    emailToken: (id) => hmac(emailKey, id).toString('base64url'),
    // 48 bits, so that no code is likelier than another.
    loginCode: (id) => String(hmac(codeKey, id).readUIntBE(0, 6) % 1_000_000).padStart(6, '0'),
    invitationToken: (id) => hmac(invitationKey, id).toString('base64url'),
    formToken: (id) => hmac(formKey, id).toString('base64url'),
    nextRefreshToken: (token) => hmac(refreshKey, token).toString('base64url'),
  };
}

export function createEmailHasher(secret: Buffer): EmailHasher {
  const key = keyFor(secret, 'linkgrove email tombstone');
  return (emailCanonical) => hmac(key, emailCanonical);
}

export type KeyedHasher = (
  kind:
    | 'device'
    | 'network'
    | 'mailbox'
    | 'idempotencyKey'
    | 'idempotentRequest'
    | 'idempotentAnswer'
    | 'webhookSecret'
    | 'totpSecret'
    | 'mfaToken'
    | 'conversion'
    | 'formMailbox'
    | 'reporter'
    | 'pageLock'
    | 'withheldObject'
    | 'signInFlow'
    | 'pepper',
  text: string,
) => Buffer;

export function createKeyedHasher(secret: Buffer): KeyedHasher {
  const keys = {
    device: keyFor(secret, 'linkgrove device'),
    network: keyFor(secret, 'linkgrove network'),
    mailbox: keyFor(secret, 'linkgrove mailbox'),
    idempotencyKey: keyFor(secret, 'linkgrove idempotency key'),
    idempotentRequest: keyFor(secret, 'linkgrove idempotent request'),
    idempotentAnswer: keyFor(secret, 'linkgrove idempotent answer'),
    webhookSecret: keyFor(secret, 'linkgrove webhook secret'),
    totpSecret: keyFor(secret, 'linkgrove totp secret'),
    mfaToken: keyFor(secret, 'linkgrove mfa token'),
    conversion: keyFor(secret, 'linkgrove conversion'),
    formMailbox: keyFor(secret, 'linkgrove form mailbox'),
    reporter: keyFor(secret, 'linkgrove reporter'),
    pageLock: keyFor(secret, 'linkgrove page lock'),
    withheldObject: keyFor(secret, 'linkgrove withheld object'),
    signInFlow: keyFor(secret, 'linkgrove sign-in flow'),
    pepper: keyFor(secret, 'linkgrove pepper fingerprint'),
  };
  return (kind, text) => hmac(keys[kind], text);
}

export type Signer = { sign: (text: string) => string; verify: (signed: string) => string | null };

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
