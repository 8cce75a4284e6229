import { formatTime, formatCountry, type Origin } from '../../../core/text/origin.ts';

export const NOT_YOU = "If this wasn't you, reset your password now. That ends all your sessions.";

/** The words of mails about an account's security. */
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
  'account-suspended': {
    subject: 'Your account was suspended',
    line: 'An administrator suspended your account. Your sessions were ended, and your pages are not shown.',
    small: 'Reply to this email if you think that this is a mistake.',
  },
  'account-restored': {
    subject: 'Your account was restored',
    line: 'An administrator lifted the suspension of your account. You can sign in again, and your pages are shown.',
    small: 'You get this email because the suspension of your account ended.',
  },
  'sessions-ended': {
    subject: 'Your sessions were ended',
    line: 'An administrator ended all sessions of your account. You can sign in again.',
    small: 'You get this email because you were signed out everywhere.',
  },
  'made-administrator': {
    subject: 'You are now an administrator',
    line: 'Your account was given the role of an administrator.',
    small: 'Administrators see all users. Protect your account with a second factor.',
  },
  'administrator-removed': {
    subject: 'You are no longer an administrator',
    line: 'The role of an administrator was taken from your account.',
    small: 'Your account works as before otherwise.',
  },
  impersonated: {
    subject: 'An administrator opened your account',
    line: 'An administrator opened your account to help or to check something. For ten minutes at most, they can see and edit your pages and read their numbers. They cannot see your password, change your account, or delete or export anything.',
    small: 'Your security events list what they changed. If you did not ask for help, reply to this email.',
  },
} as const;

/** Never quotes the browser's own words: a stranger who signed in must not write to the owner. */
export const listSignInFacts = ({ at, country, browser }: Origin & { browser?: string | undefined }) => [
  'Someone signed in to your account on a device or in a network where you had not signed in before.',
  `Time: ${at === undefined ? 'unknown' : formatTime(at)}`,
  `Place: ${country ? formatCountry(country) : 'unknown'}`,
  `Browser: ${browser ?? 'unknown'}`,
];
