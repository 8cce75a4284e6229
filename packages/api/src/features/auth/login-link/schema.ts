import { z } from 'zod';
import { createValidationError } from '../../../core/errors.ts';
import { mailedToken } from '../../../core/text/validation.ts';
import { defineTopic } from '../../outbox/schema.ts';
import { emailAddress } from '../../users/schema.ts';

export const loginLinkInput = z.strictObject({ email: emailAddress }).meta({ id: 'LoginLinkInput' });

export const verifyLoginLinkInput = z
  .strictObject({
    token: mailedToken.optional().describe('From the link, in the browser that asked for it'),
    email: emailAddress.optional(),
    code: z
      .string()
      .transform((text) => text.replaceAll(/[\s-]/g, ''))
      .pipe(z.string().regex(/^\d{6}$/, { error: 'Enter the six digits of the email' }))
      .optional()
      .describe('Six digits, in any browser, with `email`'),
  })
  .meta({ id: 'VerifyLoginLinkInput' });

export type LoginLinkProof = { token: string } | { email: string; code: string };

/** Throws `VALIDATION_FAILED` unless there is a token, or an address with a code. */
export function parseLoginLinkProof(input: z.infer<typeof verifyLoginLinkInput>): LoginLinkProof {
  const { token, email, code } = input;
  if (token !== undefined && email === undefined && code === undefined) return { token };
  if (token === undefined && email !== undefined && code !== undefined) return { email, code };
  throw createValidationError({
    path: 'token',
    message: 'Send either token, or email and code',
    code: 'required',
  });
}

/** Kept encrypted in the browser that asked. */
export const askedLoginLink = z.object({ id: z.uuid(), expiresAt: z.number() });

/** The worker looks up whether anyone has the address. `tokenId` is what the browser keeps. */
export const loginLinkRequestedTopic = defineTopic(
  'auth.login-link-requested',
  z.object({
    email: z.string(),
    tokenId: z.string(),
    origin: z.object({
      requestId: z.string(),
      ip: z.string(),
      userAgent: z.string().nullable(),
      deviceHash: z.string(),
    }),
  }),
);
