import { hash } from 'node:crypto';
import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  errors,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  type JWTPayload,
  jwtVerify,
  SignJWT,
} from 'jose';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { PrivateJwk } from '../config/signing-keys.ts';
import { limitEntries } from '../cache/bounds.ts';
import { generateId } from './ids.ts';

export const ACCESS_TOKEN_SECONDS = 900;
export const IMPERSONATION_SECONDS = 600;
const AUDIENCE = 'linkgrove';
const TYPE = 'at+jwt';
const TOLERANCE_SECONDS = 5;

/**
 * `expiresAt` is in milliseconds since 1970 and includes the clock tolerance. With an `actorId`, that administrator acts
 * as the user, and `sessionId` is the ID of an impersonation.
 */
export type AccessClaims = {
  userId: string;
  sessionId: string;
  expiresAt: number;
  actorId: string | undefined;
};
export type AccessTokenVerdict = AccessClaims | 'expired' | 'invalid';

export type AccessTokens = {
  /** `amr`: how the user signed in (RFC 8176). */
  sign: (claims: { userId: string; sessionId: string; amr: readonly string[] }) => Promise<string>;
  /** With `act`, the one who acts as the user (RFC 8693 §4.1). */
  signImpersonation: (claims: {
    userId: string;
    impersonationId: string;
    actorId: string;
  }) => Promise<string>;
  verify: (token: string) => Promise<AccessTokenVerdict>;
  jwks: { keys: JWK[] };
};

export async function generateSigningKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const key = await exportJWK(privateKey);
  return { ...key, kid: await calculateJwkThumbprint(key) };
}

const actorClaim = z.object({ sub: z.string() });

async function withKid({ kid, ...key }: PrivateJwk) {
  return { ...key, kid: kid ?? (await calculateJwkThumbprint(key)) };
}

/** EdDSA only, `typ` `at+jwt`, our issuer and audience (RFC 8725, RFC 9068). The first key signs, all verify. */
export async function createAccessTokens(keys: PrivateJwk[], issuer: string): Promise<AccessTokens> {
  const named = await Promise.all(keys.map(withKid));
  const [first] = named;
  if (!first) throw new Error('At least one signing key is required');
  const signingKey = await importJWK(first, 'EdDSA');
  const jwks = {
    keys: named.map(({ kty, crv, x, kid }): JWK => ({ kty, crv, x, kid, alg: 'EdDSA', use: 'sig' })),
  };
  const keySet = createLocalJWKSet(jwks);
  const verified = new LRUCache<string, AccessClaims>(limitEntries(50_000));

  const checkToken = async (token: string): Promise<AccessTokenVerdict> => {
    try {
      const { payload } = await jwtVerify(token, keySet, {
        algorithms: ['EdDSA'],
        typ: TYPE,
        issuer,
        audience: AUDIENCE,
        requiredClaims: ['sub', 'sid', 'iat', 'exp', 'jti'],
        clockTolerance: TOLERANCE_SECONDS,
      });
      if (typeof payload['sid'] !== 'string' || typeof payload.sub !== 'string') return 'invalid';
      const actor = payload['act'] === undefined ? undefined : actorClaim.parse(payload['act']);
      const lifetime = Number(payload.exp) - Number(payload.iat);
      const isOurs =
        lifetime <= (actor ? IMPERSONATION_SECONDS : ACCESS_TOKEN_SECONDS) &&
        Number(payload.iat) <= Date.now() / 1_000 + TOLERANCE_SECONDS;
      if (!isOurs) return 'invalid';
      const expiresAt = (Number(payload.exp) + TOLERANCE_SECONDS) * 1_000;
      return { userId: payload.sub, sessionId: payload['sid'], expiresAt, actorId: actor?.sub };
    } catch (error) {
      return error instanceof errors.JWTExpired ? 'expired' : 'invalid';
    }
  };

  const signToken = (claims: JWTPayload, seconds: number): Promise<string> =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'EdDSA', typ: TYPE, kid: first.kid })
      .setIssuer(issuer)
      .setAudience(AUDIENCE)
      .setIssuedAt()
      .setExpirationTime(`${seconds}s`)
      .setJti(generateId())
      .sign(signingKey);

  return {
    jwks,
    sign: ({ userId, sessionId, amr }) =>
      signToken({ sub: userId, sid: sessionId, amr: [...amr] }, ACCESS_TOKEN_SECONDS),
    signImpersonation: ({ userId, impersonationId, actorId }) =>
      signToken({ sub: userId, sid: impersonationId, act: { sub: actorId } }, IMPERSONATION_SECONDS),
    verify: async (token) => {
      const key = hash('sha256', token, 'base64');
      const known = verified.get(key);
      if (known) return known.expiresAt > Date.now() ? known : 'expired';
      const verdict = await checkToken(token);
      if (typeof verdict === 'object') verified.set(key, verdict);
      return verdict;
    },
  };
}
