import { importPKCS8, SignJWT } from 'jose';
import type { AppleKey } from './settings.ts';

const AUDIENCE = 'https://appleid.apple.com';
/** Longer than a discovery is kept; Apple allows six months. */
const LIFETIME = '7d';

/** Apple's client secret is a token that its clients sign themselves. */
export async function signAppleSecret(
  { teamId, keyId, privateKey }: AppleKey,
  clientId: string,
): Promise<string> {
  // In an environment variable, line breaks are often written as `\n`.
  const key = await importPKCS8(privateKey.replaceAll(String.raw`\n`, '\n'), 'ES256');
  return new SignJWT()
    .setProtectedHeader({ alg: 'ES256', kid: keyId })
    .setIssuer(teamId)
    .setAudience(AUDIENCE)
    .setSubject(clientId)
    .setIssuedAt()
    .setExpirationTime(LIFETIME)
    .sign(key);
}
