import { createKeyedHasher } from './crypto.ts';
import { decryptText, encryptText } from './encryption.ts';

type SecretKind = 'webhookSecret' | 'totpSecret';

/** Keeps secrets that must be read again. Each has a key of its own, derived from the pepper and the ID of its owner. */
export type SecretBox = {
  seal: (kind: SecretKind, ownerId: string, secret: string) => Buffer;
  /** Throws if the bytes were changed or sealed with another pepper. */
  open: (kind: SecretKind, ownerId: string, sealed: Buffer) => string;
};

/** The first pepper seals, all open. */
export function createSecretBox(pepper: Buffer, ...older: Buffer[]): SecretBox {
  const sealer = createKeyedHasher(pepper);
  const openers = [sealer, ...older.map(createKeyedHasher)];
  return {
    seal: (kind, ownerId, secret) => encryptText(sealer(kind, ownerId), secret),
    open: (kind, ownerId, sealed) => {
      const errors: unknown[] = [];
      for (const opener of openers) {
        try {
          return decryptText(opener(kind, ownerId), sealed);
        } catch (error) {
          errors.push(error);
        }
      }
      throw new AggregateError(errors, 'No pepper opens this secret');
    },
  };
}
