import { z } from 'zod';
import { enteredReferralCode } from '../../referrals/links/schema.ts';
import { username } from '../../users/schema.ts';

const providerId = z.string().min(1).max(64).meta({ example: 'google' });
const redirect = z
  .string()
  .max(2_048)
  .describe(
    'Where the browser goes afterwards: a path below `APP_URL`, or a URL of one of the `CORS_ORIGINS`',
  );

export const providerListOutput = z
  .object({
    items: z.array(z.object({ id: z.string(), name: z.string() }).meta({ id: 'SignInProvider' })),
  })
  .meta({ id: 'SignInProviderList' });

export const startSignInInput = z.strictObject({
  provider: providerId,
  redirect: redirect.optional(),
  referralCode: enteredReferralCode.optional(),
});

// The parameter has the name that the path has for other methods.
export const linkIdentityInput = z
  .strictObject({ id: providerId.describe('The ID of a provider'), redirect: redirect.optional() })
  .meta({ id: 'LinkIdentityInput' });
export const linkIdentityOutput = z
  .object({ url: z.url().describe('Open it in the same browser') })
  .meta({ id: 'IdentityLink' });

export const completeSignUpInput = z.strictObject({ username }).meta({ id: 'CompleteSignUpInput' });

const secrets = z.object({ state: z.string(), nonce: z.string(), verifier: z.string() });

/** Kept encrypted in the browser while the user is at the provider. */
export const signInFlow = z.object({
  id: z.uuid(),
  expiresAt: z.number(),
  provider: z.string(),
  secrets,
  redirect: z.string(),
  referralCode: z.string().optional(),
  /** The session that asked to link the identity to its user. */
  link: z.object({ userId: z.uuid(), sessionId: z.uuid() }).optional(),
});
export type SignInFlow = z.infer<typeof signInFlow>;

export const providerIdentity = z.object({
  provider: z.string(),
  issuer: z.string(),
  subject: z.string(),
  email: z.string().nullable(),
  emailVerified: z.boolean(),
});
export type ProviderIdentity = z.infer<typeof providerIdentity>;

/** Kept encrypted in the browser while the user chooses a username. */
export const pendingSignUp = z.object({
  id: z.uuid(),
  expiresAt: z.number(),
  identity: providerIdentity,
  referralCode: z.string().optional(),
});
export type PendingSignUp = z.infer<typeof pendingSignUp>;
