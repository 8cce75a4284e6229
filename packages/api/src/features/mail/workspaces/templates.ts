import type { Letter } from '../../../core/text/letter.ts';
import type { Mail } from '../schema.ts';

type InvitationMail = Extract<Mail, { template: 'workspace-invitation' }>;

/** Without the names of workspace and inviter, which are a stranger's words. */
export const buildInvitationLetter = (mail: InvitationMail, greeting: string, url: string): Letter => ({
  subject: 'You have been invited to a workspace',
  lines: [
    greeting,
    `Someone invited you to join their workspace as ${/^[aeo]/.test(mail.role) ? 'an' : 'a'} ${mail.role}.`,
    'Sign in with this email address, or create an account with it, to see which workspace it is.',
  ],
  action: { label: 'See the invitation', url },
  small:
    'The link works for 7 days, only for this email address, and opening it changes nothing. If you expected no invitation, ignore this email.',
});

type WebhookMail = Extract<Mail, { template: 'webhook-failing' | 'webhook-disabled' }>;

export function buildWebhookLetter(mail: WebhookMail, greeting: string): Letter {
  const small = 'You get this email because you manage the webhooks of a workspace.';
  // Mail clients would link the name.
  const host = mail.host.replaceAll('.', '.\u200b');
  if (mail.template === 'webhook-failing') {
    return {
      subject: 'A webhook is failing',
      lines: [
        greeting,
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
      greeting,
      `Your webhook at ${host} was disabled because ${cause}.`,
      'Events are kept for 30 days. Enable the webhook again and recover what it missed.',
    ],
    small,
  };
}
