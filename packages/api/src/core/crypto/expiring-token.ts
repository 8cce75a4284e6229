import type { Signer } from './crypto.ts';

/** Signs `subject`, an id, until `expiresAt`; for links that have no row in the database. */
export const signExpiringToken = (signer: Signer, subject: string, expiresAt: Date): string =>
  signer.sign(`${subject}.${Math.floor(expiresAt.getTime() / 1_000)}`);

/** Returns the subject of a token made by `signExpiringToken`; null if it is forged or expired. */
export function readExpiringToken(signer: Signer, token: string): string | null {
  const [subject = '', expiresAt] = (signer.verify(token) ?? '').split('.');
  return Number(expiresAt) > Date.now() / 1_000 ? subject : null;
}
