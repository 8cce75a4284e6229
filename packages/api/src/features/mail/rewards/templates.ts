import type { Letter } from '../../../core/text/letter.ts';
import type { Mail } from '../schema.ts';

type MailOf<T extends Mail['template']> = Extract<Mail, { template: T }>;

const NAME = /^\p{L}[\p{L}\p{M}\p{Zs}'’.-]*$/u;

/** A name that reads as an address, a number or a message is left out, and no mail client makes a link of one. */
export const describePerson = (name: string): string =>
  NAME.test(name) ? name.replaceAll('.', '.\u200b') : 'Someone';

export const buildNewcomerLetter = (
  mail: MailOf<'referral-reward'>,
  greeting: string,
  action: NonNullable<Letter['action']>,
): Letter => ({
  subject: 'You earned credits',
  lines: [
    greeting,
    `${describePerson(mail.by)} invited you, and you earned ${mail.credits} credits. They are in your balance now.`,
    'Share your own link to earn more.',
  ],
  action,
  small: 'You get this email once.',
});

function describeEarnings({ credits = 0, pending = 0 }: MailOf<'referral-successful'>): string {
  const earned = credits > 0 ? ` You earned ${credits} credits.` : '';
  return pending > 0 ? `${earned} You get ${pending} credits later, when they are no longer held.` : earned;
}

const buildFulfilmentLetter = (mail: MailOf<'redemption-fulfilled'>, greeting: string): Letter => ({
  subject: 'What you redeemed is on its way',
  lines: [
    greeting,
    `You spent credits on: ${mail.item}. It is fulfilled now.`,
    ...(mail.note ? [mail.note] : []),
  ],
  small: 'Your redemptions are listed in your account.',
});

const buildCancellationLetter = (mail: MailOf<'redemption-cancelled'>, greeting: string): Letter => ({
  subject: 'What you redeemed was cancelled',
  lines: [
    greeting,
    `You spent ${mail.credits} credits on: ${mail.item}. It was cancelled, and the credits are back in your balance.`,
    mail.note,
  ],
  small: 'Your redemptions are listed in your account.',
});

export const buildRedemptionLetter = (
  mail: MailOf<'redemption-fulfilled' | 'redemption-cancelled'>,
  greeting: string,
): Letter =>
  mail.template === 'redemption-fulfilled'
    ? buildFulfilmentLetter(mail, greeting)
    : buildCancellationLetter(mail, greeting);

type CreditsMail = Extract<Mail, { template: 'credits-taken-back' }>;

const CAUSES: Record<CreditsMail['cause'], string> = {
  refund: 'A referral of yours was reversed after a refund.',
  fraud: 'A referral of yours was reversed, because it broke the rules of the programme.',
  other: 'A referral of yours was reversed.',
  decision: 'An administrator corrected your credits.',
};

/** To the referred user. */
const NEWCOMER_CAUSES: Record<CreditsMail['cause'], string> = {
  refund: 'Your sign-up reward was reversed after a refund.',
  fraud: 'Your sign-up reward was reversed, because the referral behind it broke the rules of the programme.',
  other: 'Your sign-up reward was reversed.',
  decision: CAUSES.decision,
};

export function buildCreditsLetter(mail: CreditsMail, greeting: string): Letter {
  const { credits, owed, cause, isNewcomer = false } = mail;
  const causes = isNewcomer ? NEWCOMER_CAUSES : CAUSES;
  const taken = credits > 0 ? [`${credits} credits were taken back from your balance.`] : [];
  const held =
    owed > 0
      ? [
          `${owed} credits were already spent. As many of your credits are held until we have decided about them.`,
        ]
      : [];
  return {
    subject: 'Credits were taken back',
    lines: [greeting, causes[cause], ...taken, ...held],
    small: 'Time that you bought with credits stays. If you think this is a mistake, reply to this email.',
  };
}

export const buildPremiumLetter = (greeting: string): Letter => ({
  subject: 'Your premium time has ended',
  lines: [
    greeting,
    'Your premium time has ended. Everything you made stays; new referral links and codes have the limits of the free plan.',
  ],
  small: 'You can spend credits on another month at any time.',
});

const countPeople = (count: number, more: string) =>
  count === 1 ? `One ${more}person` : `${count} ${more}people`;

type ReferralMail = Extract<Mail, { template: 'referral-successful' | 'milestone-reached' }>;

export function buildReferralLetter(
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
