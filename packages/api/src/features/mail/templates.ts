import { type Letter, renderLetter, type RenderedLetter } from '../../core/text/letter.ts';
import { formatOrigin } from '../../core/text/origin.ts';
import type { KeyMail, Mail, SignInMethodMail } from './schema.ts';
import { buildDomainLetter, buildPageLetter } from './pages/templates.ts';
import {
  buildCreditsLetter,
  buildNewcomerLetter,
  buildPremiumLetter,
  buildRedemptionLetter,
  describeEarnings,
} from './rewards/templates.ts';
import { listSignInFacts, NOT_YOU, SECURITY_NEWS } from './security/content.ts';

export type MailLinks = {
  appUrl: string;
  publicUrl: string;
  emailToken: (tokenId: string) => string;
  loginCode: (tokenId: string) => string;
  invitationToken: (id: string) => string;
  formToken: (id: string) => string;
  unsubscribeToken: (userId: string) => string;
};

function buildSignInMethodLetter(mail: SignInMethodMail): Letter {
  const where = mail.change === 'added' ? 'added to' : 'removed from';
  return {
    subject: `A way to sign in was ${mail.change}`,
    lines: [greet(mail), `Signing in with ${mail.method} was ${where} your account.`],
    small: NOT_YOU,
  };
}

const buildResetLetter = (mail: Mail, url: string): Letter => ({
  subject: 'Reset your password',
  lines: [greet(mail), 'We received a request to reset the password of your account.'],
  action: { label: 'Choose a new password', url },
  small:
    "The link works once, within 60 minutes. If this wasn't you, ignore this email and your password stays the same.",
});

/** Without the username, as the address is not proven. */
const buildAccountLetter = (mail: Mail, url: string): Letter => ({
  subject: 'An account was made for you',
  lines: [
    greet(mail),
    'An administrator made an account with this email address. Choose a password to use it.',
  ],
  action: { label: 'Choose a password', url },
  small:
    'The link works once, within 7 days. If you expected no account, ignore this email, and nobody can use it.',
});

const buildLoginLetter = (mail: Mail, url: string, code: string): Letter => ({
  subject: 'Sign in to your account',
  lines: [greet(mail), `Your code is ${code}. Or open the link in the browser in which you asked for it.`],
  action: { label: 'Sign in', url },
  small:
    "Both work once, within 10 minutes. Never tell anybody the code. If this wasn't you, ignore this email.",
});

const buildNewDeviceLetter = (mail: Extract<Mail, { template: 'new-device' }>, url: string): Letter => ({
  subject: 'New device signed in to your account',
  lines: [greet(mail), ...listSignInFacts(mail), 'If it was you, there is nothing to do.'],
  action: { label: "It wasn't me", url },
  small:
    'The link works once, within 7 days, and opening it changes nothing. If you confirm there, the session ends and you get a link to choose a new password.',
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

function buildKeyLetter(mail: KeyMail): Letter {
  const { subject, verb } = KEY_NEWS[mail.template];
  const origin = mail.template === 'key-used-elsewhere' ? formatOrigin({ country: mail.country }) : '';
  const line = `The API key that starts with ${mail.start} ${verb}${origin}.`;
  return { subject, lines: [greet(mail), line], small: UNKNOWN_KEY };
}

const countPeople = (count: number, more: string) =>
  count === 1 ? `One ${more}person` : `${count} ${more}people`;

/** At an unproven address a name is a stranger's words. Mail clients link `win-now.com` and telephone numbers. */
const greet = ({ username, proven }: Mail): string =>
  proven && /[a-z]/i.test(username) ? `Hello ${username.replaceAll('.', '.\u200b')},` : 'Hello,';

type VerificationMail = Extract<Mail, { template: 'verify-email' | 'change-email' }>;

/** Asks before the address is verified, because anyone can have this mail sent to anyone. */
function buildVerificationLetter(mail: VerificationMail, appUrl: string, token: string): Letter {
  const isNew = mail.template === 'verify-email';
  const origin = formatOrigin(mail);
  const question = isNew
    ? `An account was created with this email address${origin}. Did you create this account?`
    : `Someone asked to use this email address for their account${origin}. Was it you?`;
  return {
    subject: isNew ? 'Verify your email address' : 'Verify your new email address',
    lines: [greet(mail), question, 'If so, open the link and verify your address.'],
    action: {
      label: isNew ? 'Verify email address' : 'Verify new email address',
      url: `${appUrl}${isNew ? '/verify-email' : '/confirm-email'}?token=${token}`,
    },
    small:
      "The link works for 24 hours, and opening it changes nothing. If this wasn't you, open it and choose " +
      `"This wasn't me", and the ${isNew ? 'account is deleted' : 'change is cancelled'}.`,
  };
}

const offerUndo = (url: string | undefined): Pick<Letter, 'action' | 'small'> =>
  url === undefined
    ? { small: "If this wasn't you, reply immediately." }
    : {
        action: { label: 'Undo this change', url },
        small:
          "The link works once, within 72 hours. If this wasn't you, use it now: it restores this address, ends all sessions and lets you choose a new password.",
      };

type InvitationMail = Extract<Mail, { template: 'workspace-invitation' }>;

/** Without the names of workspace and inviter, which are a stranger's words. */
const buildInvitationLetter = (mail: InvitationMail, url: string): Letter => ({
  subject: 'You have been invited to a workspace',
  lines: [
    greet(mail),
    `Someone invited you to join their workspace as ${/^[aeo]/.test(mail.role) ? 'an' : 'a'} ${mail.role}.`,
    'Sign in with this email address, or create an account with it, to see which workspace it is.',
  ],
  action: { label: 'See the invitation', url },
  small:
    'The link works for 7 days, only for this email address, and opening it changes nothing. If you expected no invitation, ignore this email.',
});

/** Without the words of the page or of whoever filled in the form, as anyone can have this mail sent to anyone. */
const buildFormLetter = (mail: Mail, base: string, token: string): Letter => ({
  subject: 'Confirm your email address',
  lines: [
    greet(mail),
    'Someone entered this email address into a form on a page. If it was you, confirm the address.',
  ],
  action: { label: 'Confirm my address', url: `${base}/confirm?token=${token}` },
  small:
    `Opening the link changes nothing yet. If it was not you, ignore this email, and the entry is deleted after 7 days. ` +
    `To delete it now or at any later time: ${base}/unsubscribe?token=${token}`,
});

type WebhookMail = Extract<Mail, { template: 'webhook-failing' | 'webhook-disabled' }>;

function buildWebhookLetter(mail: WebhookMail): Letter {
  const small = 'You get this email because you manage the webhooks of a workspace.';
  // Mail clients would link the name.
  const host = mail.host.replaceAll('.', '.\u200b');
  if (mail.template === 'webhook-failing') {
    return {
      subject: 'A webhook is failing',
      lines: [
        greet(mail),
        `Every delivery to your webhook at ${host} has failed for two days.`,
        'The delivery log shows the reason. The webhook is disabled after five days of failures.',
      ],
      small,
    };
  }
  const cause =
    mail.reason === 'gone'
      ? 'it answered that it no longer exists (410)'
      : 'every delivery failed for five days';
  return {
    subject: 'A webhook was disabled',
    lines: [
      greet(mail),
      `Your webhook at ${host} was disabled because ${cause}.`,
      'Events are kept for 30 days. Enable the webhook again and recover what it missed.',
    ],
    small,
  };
}

const offerUnsubscribe = (
  { appUrl, unsubscribeToken }: MailLinks,
  userId: string,
): NonNullable<Letter['action']> => ({
  label: 'Unsubscribe from these emails',
  url: `${appUrl}/unsubscribe?token=${unsubscribeToken(userId)}`,
});

type ReferralMail = Extract<Mail, { template: 'referral-successful' | 'milestone-reached' }>;

function buildReferralLetter(
  mail: ReferralMail,
  greeting: string,
  action: NonNullable<Letter['action']>,
): Letter {
  if (mail.template === 'referral-successful') {
    const people = countPeople(mail.count, mail.isFirst ? '' : 'more ');
    return {
      subject: 'Someone accepted your invitation',
      lines: [greeting, `${people} accepted your invitation.${describeEarnings(mail)} Thank you!`],
      action,
      small: 'You get at most one of these emails per hour.',
    };
  }
  const { referrals, credits, count = referrals } = mail;
  return {
    subject: 'You reached a milestone',
    lines: [
      greeting,
      `${count} people have accepted your invitation. You earned ${credits} credits for reaching ${referrals}. Thank you!`,
    ],
    action,
    small: 'You get one of these emails per milestone.',
  };
}

type NewsMail = Extract<Mail, { template: keyof typeof SECURITY_NEWS }>;
const isNews = (mail: Mail): mail is NewsMail => Object.hasOwn(SECURITY_NEWS, mail.template);

function buildNewsLetter(mail: NewsMail): Letter {
  const { subject, line, small } = SECURITY_NEWS[mail.template];
  return { subject, lines: [greet(mail), line], small };
}

function letterFor(mail: Mail, links: MailLinks): Letter {
  if (isNews(mail)) return buildNewsLetter(mail);
  const { appUrl, publicUrl, emailToken, invitationToken, formToken } = links;
  const greeting = greet(mail);
  switch (mail.template) {
    case 'verify-email':
    case 'change-email':
      return buildVerificationLetter(mail, appUrl, emailToken(mail.tokenId));
    case 'form-confirmation':
      return buildFormLetter(mail, `${publicUrl}/go/form`, formToken(mail.tokenId));
    case 'workspace-invitation':
      return buildInvitationLetter(mail, `${appUrl}/invitation?token=${invitationToken(mail.tokenId)}`);
    case 'login-link':
      return buildLoginLetter(
        mail,
        `${appUrl}/login-link?token=${emailToken(mail.tokenId)}`,
        links.loginCode(mail.tokenId),
      );
    case 'new-device':
      return buildNewDeviceLetter(mail, `${appUrl}/report-sign-in?token=${emailToken(mail.tokenId)}`);
    case 'reset-password':
      return buildResetLetter(mail, `${appUrl}/reset-password?token=${emailToken(mail.tokenId)}`);
    case 'account-invitation':
      return buildAccountLetter(mail, `${appUrl}/reset-password?token=${emailToken(mail.tokenId)}`);
    case 'sign-in-method-changed':
      return buildSignInMethodLetter(mail);
    case 'key-created':
    case 'key-rotated':
    case 'key-revoked':
    case 'key-used-elsewhere':
      return buildKeyLetter(mail);
    case 'email-changed':
      return {
        subject: 'Your email address was changed',
        lines: [
          greeting,
          'Your account now uses a different email address. We will no longer send mail to this one.',
        ],
        ...offerUndo(mail.tokenId && `${appUrl}/undo-email-change?token=${emailToken(mail.tokenId)}`),
      };
    case 'referral-reward':
      return buildNewcomerLetter(mail, greeting, offerUnsubscribe(links, mail.userId));
    case 'redemption-fulfilled':
    case 'redemption-cancelled':
      return buildRedemptionLetter(mail, greeting);
    case 'webhook-failing':
    case 'webhook-disabled':
      return buildWebhookLetter(mail);
    case 'domain-failing':
    case 'domain-released':
      return buildDomainLetter(mail, greeting);
    case 'page-taken-down':
    case 'page-restored':
    case 'appeal-upheld':
      return buildPageLetter(mail, greeting);
    case 'premium-ended':
      return buildPremiumLetter(greeting);
    case 'credits-taken-back':
      return buildCreditsLetter(mail, greeting);
    case 'referral-successful':
    case 'milestone-reached':
      return buildReferralLetter(mail, greeting, offerUnsubscribe(links, mail.userId));
  }
}

export const renderMail = (mail: Mail, links: MailLinks): RenderedLetter =>
  renderLetter(letterFor(mail, links));
