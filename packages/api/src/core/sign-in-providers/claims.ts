import { z } from 'zod';
import { isEmailAddress } from '../text/email-address.ts';
import { toAsciiEmail } from '../text/internationalized-email.ts';

/** The claims of a provider about a person. The subject identifies them; the address only if it is verified. */
export type ProviderClaims = {
  issuer: string;
  subject: string;
  email: string | null;
  emailVerified: boolean;
  /** Usernames that the person may want, best first. */
  names: string[];
};

const name = z.string().max(200).optional().catch(undefined);
const isTrue = z.literal([true, 'true', 1, '1']).transform(() => true);

/** Apple sends `"true"`, Microsoft `1`. Anything else than true is false. */
const proof = isTrue.catch(false);

const oidcClaims = z.object({
  iss: z.string().min(1).max(512),
  sub: z.string().min(1).max(255),
  email: z.string().max(1_000).optional().catch(undefined),
  email_verified: proof,
  xms_edov: proof,
  preferred_username: name,
  nickname: name,
});

const toEmail = (text: string | null | undefined): string | null => {
  // Normalised before it is checked, as what is stored must be what was checked.
  const address = toAsciiEmail(text?.trim() ?? '');
  return address.length <= 254 && isEmailAddress(address) ? address : null;
};

function listNames(email: string | null, ...names: (string | null | undefined)[]): string[] {
  // Microsoft's and others' usernames are addresses.
  const locals = [...names, email].map((one) => one?.split('@', 1)[0]?.trim());
  return locals.filter((one) => one !== undefined).filter((one) => one !== '');
}

export function readOidcClaims(
  claims: unknown,
  addressProof: 'email_verified' | 'xms_edov' = 'email_verified',
): ProviderClaims {
  const { iss, sub, preferred_username, nickname, ...rest } = oidcClaims.parse(claims);
  const email = toEmail(rest.email);
  return {
    issuer: iss,
    subject: sub,
    email,
    emailVerified: email !== null && rest[addressProof],
    names: listNames(email, preferred_username, nickname),
  };
}

const githubUser = z.object({ id: z.number().int().positive(), login: name });
const githubEmails = z.array(z.object({ email: z.string(), primary: z.boolean(), verified: z.boolean() }));

/** The primary address, or the first verified one. */
export function readGithubClaims(issuer: string, user: unknown, emails: unknown): ProviderClaims {
  const { id, login } = githubUser.parse(user);
  const all = githubEmails.parse(emails);
  const chosen = all.find((one) => one.primary) ?? all.find((one) => one.verified);
  const email = toEmail(chosen?.email);
  return {
    issuer,
    subject: String(id),
    email,
    emailVerified: email !== null && chosen?.verified === true,
    names: listNames(email, login),
  };
}

const discordUser = z.object({
  id: z.string().regex(/^\d{1,32}$/),
  username: name,
  email: z.string().nullish().catch(null),
  verified: proof,
});

export function readDiscordClaims(issuer: string, user: unknown): ProviderClaims {
  const { id, username, verified, ...rest } = discordUser.parse(user);
  const email = toEmail(rest.email);
  return {
    issuer,
    subject: id,
    email,
    emailVerified: email !== null && verified,
    names: listNames(email, username),
  };
}
