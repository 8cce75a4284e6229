import type { Signer } from './crypto.ts';

/** Signs that `subject`, an id, may be used until `expiresAt`; for links that need no row of their own. */
export const signExpiringToken = (signer: Signer, subject: string, expiresAt: Date): string =>
  signer.sign(`${subject}.${Math.floor(expiresAt.getTime() / 1_000)}`);

/** The subject of a token made by `signExpiringToken`; null if it is not ours or its time is over. */
export function readExpiringToken(signer: Signer, token: string): string | null {
  const [subject = '', expiresAt] = (signer.verify(token) ?? '').split('.');
  return Number(expiresAt) > Date.now() / 1_000 ? subject : null;
}
