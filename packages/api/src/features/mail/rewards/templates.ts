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

export const buildFulfilmentLetter = (mail: MailOf<'redemption-fulfilled'>, greeting: string): Letter => ({
  subject: 'What you redeemed is on its way',
  lines: [
    greeting,
    `You spent credits on: ${mail.item}. It is fulfilled now.`,
    ...(mail.note ? [mail.note] : []),
  ],
  small: 'Your redemptions are listed in your account.',
});
