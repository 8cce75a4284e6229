import { z } from 'zod';
import { nameSchema, timestamp } from '../../../core/text/validation.ts';

const MAX_ID_LENGTH = 1_364;

const base64Url = (max: number) =>
  z
    .string()
    .max(max, { error: `Must have at most ${max} characters`, abort: true })
    .regex(/^[\w-]+$/, { error: 'Must be base64url without padding' });

// Browsers add members of their own, which are ignored; hence no strict objects.
const credential = {
  id: base64Url(MAX_ID_LENGTH),
  rawId: base64Url(MAX_ID_LENGTH),
  type: z.literal('public-key'),
};
const passkeyName = nameSchema(1, 64);

export const registerPasskeyInput = z
  .object({
    ...credential,
    response: z.object({
      clientDataJSON: base64Url(8_000),
      attestationObject: base64Url(20_000),
      transports: z.array(z.string().max(32)).max(10).optional(),
    }),
    name: passkeyName.optional().describe('Ours; without it the name of the browser'),
  })
  .meta({ id: 'PasskeyRegistration' });

export const authenticatePasskeyInput = z
  .object({
    ...credential,
    response: z.object({
      clientDataJSON: base64Url(8_000),
      authenticatorData: base64Url(8_000),
      signature: base64Url(2_000),
      userHandle: base64Url(100).nullish(),
    }),
  })
  .meta({ id: 'PasskeyAuthentication' });

const descriptor = z.object({
  id: z.string(),
  type: z.literal('public-key'),
  transports: z.array(z.string()),
});

export const creationOptionsOutput = z
  .object({
    challenge: z.string(),
    rp: z.object({ id: z.string(), name: z.string() }),
    user: z.object({ id: z.string(), name: z.string(), displayName: z.string() }),
    pubKeyCredParams: z.array(z.object({ type: z.literal('public-key'), alg: z.number().int() })),
    timeout: z.number().int(),
    excludeCredentials: z.array(descriptor),
    authenticatorSelection: z.object({
      residentKey: z.literal('required'),
      requireResidentKey: z.literal(true),
      userVerification: z.literal('required'),
    }),
    attestation: z.literal('none'),
  })
  .meta({ id: 'PasskeyCreationOptions' });
export type CreationOptions = z.infer<typeof creationOptionsOutput>;

export const requestOptionsOutput = z
  .object({
    challenge: z.string(),
    rpId: z.string(),
    timeout: z.number().int(),
    allowCredentials: z.array(descriptor).describe('Empty: the browser offers what it has'),
    userVerification: z.literal('required'),
  })
  .meta({ id: 'PasskeyRequestOptions' });
export type RequestOptions = z.infer<typeof requestOptionsOutput>;

export const passkeyOutput = z
  .object({
    id: z.uuid(),
    name: z.string(),
    synced: z.boolean().describe('Whether it is copied to other devices of its owner'),
    createdAt: timestamp,
    lastUsedAt: timestamp.nullable(),
  })
  .meta({ id: 'Passkey' });
export type Passkey = z.infer<typeof passkeyOutput>;

export const passkeyListOutput = z.object({ items: z.array(passkeyOutput) }).meta({ id: 'Passkeys' });
export const passkeyIdInput = z.strictObject({ id: z.uuid() });
export const renamePasskeyInput = z
  .strictObject({ id: z.uuid(), name: passkeyName })
  .meta({ id: 'RenamePasskeyInput' });
