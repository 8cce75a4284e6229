export const NOT_YOU = "If this wasn't you, reset your password now. That ends all your sessions.";

/** What the mails about an account's security say. */
export const SECURITY_NEWS = {
  'email-change-requested': {
    subject: 'Your email address is about to change',
    line: 'Someone asked to change your email address.',
    small: `The change takes effect once the new address is verified. ${NOT_YOU}`,
  },
  'username-changed': {
    subject: 'Your username was changed',
    line: 'The username of your account was changed.',
    small: NOT_YOU,
  },
  'password-changed': {
    subject: 'Your password was changed',
    line: 'The password of your account was changed, and your other sessions were ended. Open invitations and preview links that you made no longer work.',
    small: NOT_YOU,
  },
  'totp-added': {
    subject: 'A second factor was turned on',
    line: 'An authenticator app was added to your account. Signing in with your password now also needs a code from it. Your other sessions were ended.',
    small: NOT_YOU,
  },
  'totp-removed': {
    subject: 'A second factor was turned off',
    line: 'The authenticator app and the recovery codes of your account were removed.',
    small: NOT_YOU,
  },
  'recovery-codes-replaced': {
    subject: 'Your recovery codes were replaced',
    line: 'Your account has new recovery codes. The earlier ones no longer work.',
    small: NOT_YOU,
  },
  'recovery-code-used': {
    subject: 'A recovery code was used',
    line: 'Someone used one of your recovery codes, to sign in to your account or to confirm a change to it.',
    small: NOT_YOU,
  },
} as const;
