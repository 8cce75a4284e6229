import { randomBytes } from 'node:crypto';
import type { VerifiedAuthenticationResponse, VerifiedRegistrationResponse } from '@simplewebauthn/server';
import type { AppCtx } from '../../../../core/context.ts';
import { hashWithSha256 } from '../../../../core/crypto/crypto.ts';
import { AppError } from '../../../../core/errors.ts';
import { ALGORITHMS, CHALLENGE_BYTES, CHALLENGE_SECONDS } from '../policy.ts';
import * as queries from '../queries.ts';

const createChallengeExpiredError = () =>
  new AppError('TOKEN_EXPIRED', 'This request has expired or was used already. Try again.');

/** Stores the hash of a new challenge; with a user it is for registering. */
export async function createChallenge(ctx: AppCtx, userId: string | null): Promise<string> {
  const challenge = randomBytes(CHALLENGE_BYTES).toString('base64url');
  const hash = hashWithSha256(challenge);
  await queries.insertPasskeyChallenge(ctx.db, { hash, userId, seconds: CHALLENGE_SECONDS });
  return challenge;
}

/** Those of our origins whose pages may use the passkeys of the domain. */
function listOrigins({ trustedOrigins, webauthnRpId: domain }: AppCtx['config']): string[] {
  return [...trustedOrigins].filter((origin) => {
    const { hostname } = new URL(origin);
    return hostname === domain || hostname.endsWith(`.${domain}`);
  });
}

type Expected = {
  expectedChallenge: (challenge: string) => Promise<boolean>;
  expectedOrigin: string[];
  expectedRPID: string;
  requireUserVerification: true;
};

/** Undefined if the answer is not right. The challenge is used up all the same. Throws `TOKEN_EXPIRED`. */
async function withChallenge<T extends { verified: boolean }>(
  ctx: AppCtx,
  userId: string | null,
  verify: (expected: Expected) => Promise<T>,
): Promise<T | undefined> {
  let isExpired = false;
  const result = await verify({
    expectedChallenge: async (challenge) => {
      isExpired = !(await queries.takePasskeyChallenge(ctx.db, hashWithSha256(challenge), userId));
      return !isExpired;
    },
    expectedOrigin: listOrigins(ctx.config),
    expectedRPID: ctx.config.webauthnRpId,
    requireUserVerification: true,
  }).catch((error: unknown) => {
    ctx.logger.info({ err: error }, 'passkey not accepted');
    return undefined;
  });
  if (isExpired) throw createChallengeExpiredError();
  return result?.verified ? result : undefined;
}

// Loaded at first use, as few requests need it.
const loadLibrary = () => import('@simplewebauthn/server');

type Registration = {
  id: string;
  rawId: string;
  type: 'public-key';
  response: { clientDataJSON: string; attestationObject: string };
};

export async function verifyRegistration(
  ctx: AppCtx,
  userId: string,
  response: Registration,
): Promise<VerifiedRegistrationResponse['registrationInfo']> {
  const { verifyRegistrationResponse } = await loadLibrary();
  const result = await withChallenge(ctx, userId, (expected) =>
    verifyRegistrationResponse({
      ...expected,
      response: { ...response, clientExtensionResults: {} },
      supportedAlgorithmIDs: ALGORITHMS,
    }),
  );
  return result?.registrationInfo;
}

type Authentication = {
  id: string;
  rawId: string;
  type: 'public-key';
  response: { clientDataJSON: string; authenticatorData: string; signature: string };
};

/** Synced passkeys have no counter that all copies share, so only those of one device are held to theirs. */
export async function verifyAuthentication(
  ctx: AppCtx,
  response: Authentication,
  { publicKey, counter, backedUp }: { publicKey: Buffer; counter: number; backedUp: boolean },
): Promise<VerifiedAuthenticationResponse['authenticationInfo'] | undefined> {
  const { verifyAuthenticationResponse } = await loadLibrary();
  const result = await withChallenge(ctx, null, (expected) =>
    verifyAuthenticationResponse({
      ...expected,
      response: { ...response, clientExtensionResults: {} },
      credential: {
        id: response.id,
        publicKey: new Uint8Array(publicKey),
        counter: backedUp ? 0 : counter,
      },
    }),
  );
  return result?.authenticationInfo;
}
