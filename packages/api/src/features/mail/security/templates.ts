import type { Letter } from '../../../core/text/letter.ts';
import { formatOrigin } from '../../../core/text/origin.ts';
import type { KeyMail, Mail, SignInMethodMail } from '../schema.ts';
import { listSignInFacts, NOT_YOU, SECURITY_NEWS } from './content.ts';

type NewsMail = Extract<Mail, { template: keyof typeof SECURITY_NEWS }>;
export const isSecurityNews = (mail: Mail): mail is NewsMail => Object.hasOwn(SECURITY_NEWS, mail.template);

export function buildNewsLetter(mail: NewsMail, greeting: string): Letter {
  const { subject, line, small } = SECURITY_NEWS[mail.template];
  return { subject, lines: [greeting, line], small };
}

export function buildSignInMethodLetter(mail: SignInMethodMail, greeting: string): Letter {
  const where = mail.change === 'added' ? 'added to' : 'removed from';
  return {
    subject: `A way to sign in was ${mail.change}`,
    lines: [greeting, `Signing in with ${mail.method} was ${where} your account.`],
    small: NOT_YOU,
  };
}

export const buildNewDeviceLetter = (
  mail: Extract<Mail, { template: 'new-device' }>,
  greeting: string,
  url: string,
): Letter => ({
  subject: 'New device signed in to your account',
  lines: [greeting, ...listSignInFacts(mail), 'If it was you, there is nothing to do.'],
  action: { label: "It wasn't me", url },
  small:
    'The link works once, within 7 days, and opening it changes nothing. If you confirm there, the session ends and you get a link to choose a new password.',
});

const offerUndo = (url: string | undefined): Pick<Letter, 'action' | 'small'> =>
  url === undefined
    ? { small: "If this wasn't you, reply immediately." }
    : {
        action: { label: 'Undo this change', url },
        small:
          "The link works once, within 72 hours. If this wasn't you, use it now: it restores this address, ends all sessions and lets you choose a new password.",
      };

export const buildEmailChangedLetter = (greeting: string, undoUrl: string | undefined): Letter => ({
  subject: 'Your email address was changed',
  lines: [
    greeting,
    'Your account now uses a different email address. We will no longer send mail to this one.',
  ],
  ...offerUndo(undoUrl),
});

const UNKNOWN_KEY =
  "If you don't know why, delete the key now. If you didn't make it, reset your password too and end all your sessions.";

const KEY_NEWS: Record<KeyMail['template'], { subject: string; verb: string }> = {
  'key-created': { subject: 'An API key was created', verb: 'was created for your account' },
  'key-rotated': { subject: 'An API key was rotated', verb: 'was replaced with a new one' },
  'key-revoked': { subject: 'An API key was deleted', verb: 'was deleted and no longer works' },
  'key-used-elsewhere': {
    subject: 'An API key was used from a new country',
    verb: 'was used from a country where it had never been used',
  },
};

export function buildKeyLetter(mail: KeyMail, greeting: string): Letter {
  const { subject, verb } = KEY_NEWS[mail.template];
  const origin = mail.template === 'key-used-elsewhere' ? formatOrigin({ country: mail.country }) : '';
  const line = `The API key that starts with ${mail.start} ${verb}${origin}.`;
  return { subject, lines: [greeting, line], small: UNKNOWN_KEY };
}
