import type { Letter } from '../../../core/text/letter.ts';
import { formatOrigin } from '../../../core/text/origin.ts';
import type { Mail } from '../schema.ts';

type VerificationMail = Extract<Mail, { template: 'verify-email' | 'change-email' }>;

/** Asks before the address is verified, because anyone can have this mail sent to anyone. */
export function buildVerificationLetter(
  mail: VerificationMail,
  greeting: string,
  { appUrl, token }: { appUrl: string; token: string },
): Letter {
  const isNew = mail.template === 'verify-email';
  const origin = formatOrigin(mail);
  const question = isNew
    ? `An account was created with this email address${origin}. Did you create this account?`
    : `Someone asked to use this email address for their account${origin}. Was it you?`;
  return {
    subject: isNew ? 'Verify your email address' : 'Verify your new email address',
    lines: [greeting, question, 'If so, open the link and verify your address.'],
    action: {
      label: isNew ? 'Verify email address' : 'Verify new email address',
      url: `${appUrl}${isNew ? '/verify-email' : '/confirm-email'}?token=${token}`,
    },
    small:
      "The link works for 24 hours, and opening it changes nothing. If this wasn't you, open it and choose " +
      `"This wasn't me", and the ${isNew ? 'account is deleted' : 'change is cancelled'}.`,
  };
}

export const buildResetLetter = (greeting: string, url: string): Letter => ({
  subject: 'Reset your password',
  lines: [greeting, 'We received a request to reset the password of your account.'],
  action: { label: 'Choose a new password', url },
  small:
    "The link works once, within 60 minutes. If this wasn't you, ignore this email and your password stays the same.",
});

export const buildAccountLetter = (greeting: string, url: string): Letter => ({
  subject: 'An account was made for you',
  lines: [greeting, 'An administrator made an account with this email address. Choose a password to use it.'],
  action: { label: 'Choose a password', url },
  small:
    'The link works once, within 7 days. If you expected no account, ignore this email, and nobody can use it.',
});

export const buildLoginLetter = (greeting: string, url: string, code: string): Letter => ({
  subject: 'Sign in to your account',
  lines: [greeting, `Your code is ${code}. Or open the link in the browser in which you asked for it.`],
  action: { label: 'Sign in', url },
  small:
    "Both work once, within 10 minutes. Never tell anybody the code. If this wasn't you, ignore this email.",
});
