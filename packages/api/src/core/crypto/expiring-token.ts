import type { Signer } from './crypto.ts';

export const signExpiringToken = (signer: Signer, subject: string, expiresAt: Date): string =>
  signer.sign(`${subject}.${Math.floor(expiresAt.getTime() / 1_000)}`);

export function readExpiringToken(signer: Signer, token: string): string | null {
  const [subject = '', expiresAt] = (signer.verify(token) ?? '').split('.');
  return Number(expiresAt) > Date.now() / 1_000 ? subject : null;
}
