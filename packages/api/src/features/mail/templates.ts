import { escapeHtml } from '../../core/text/html.ts';
import type { Mail } from './schema.ts';

export type RenderedMail = { subject: string; text: string; html: string };
export type MailLinks = {
  appUrl: string;
  emailToken: (tokenId: string) => string;
  unsubscribeToken: (userId: string) => string;
};

type Letter = { subject: string; lines: string[]; action?: { label: string; url: string }; small: string };

function renderText({ lines, action, small }: Letter): string {
  const link = action ? [`${action.label}:\n${action.url}`] : [];
  return `${[...lines, ...link, small].join('\n\n')}\n`;
}

function renderAction(action: Letter['action']): string {
  if (!action) return '';
  const url = escapeHtml(action.url);
  return `
<p style="margin:24px 0"><a href="${url}" style="display:inline-block;padding:12px 20px;border-radius:8px;background:#1f6f4a;color:#fff;text-decoration:none;font-weight:600">${escapeHtml(action.label)}</a></p>
<p style="margin:0 0 16px;font-size:14px;color:#55605a">Or copy this link: <a href="${url}" style="color:#1f6f4a;word-break:break-all">${url}</a></p>`;
}

function renderHtml({ subject, lines, action, small }: Letter): string {
  const paragraphs = lines.map((text) => `<p style="margin:0 0 16px">${escapeHtml(text)}</p>`);
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(subject)}</title></head>
<body style="margin:0;padding:24px;background:#f4f5f2;color:#1c2420;font:16px/1.5 system-ui,sans-serif">
<div style="max-width:32rem;margin:0 auto;padding:32px;background:#fff;border-radius:12px">
${paragraphs.join('\n')}${renderAction(action)}
<p style="margin:0;font-size:14px;color:#55605a">${escapeHtml(small)}</p>
</div>
</body>
</html>
`;
}

const NOT_YOU = "If this wasn't you, reset your password now. That ends all your sessions.";

/** Mails that only inform about a change. */
const SECURITY_NEWS = {
  'email-change-requested': {
    subject: 'Your email address is about to change',
    line: 'We received a request to change the email address of your account.',
    small: `The change takes effect once the new address is verified. ${NOT_YOU}`,
  },
  'username-changed': {
    subject: 'Your username was changed',
    line: 'The username of your account was changed.',
    small: NOT_YOU,
  },
  'password-changed': {
    subject: 'Your password was changed',
    line: 'The password of your account was changed, and your other sessions were ended.',
    small: NOT_YOU,
  },
} as const;

const countPeople = (count: number) => (count === 1 ? 'One more person' : `${count} more people`);

/** Returns the end of the mail about a changed address; an address that was never verified gets no link. */
const offerUndo = (url: string | undefined): Pick<Letter, 'action' | 'small'> =>
  url === undefined
    ? { small: "If this wasn't you, reply to this email right away." }
    : {
        action: { label: 'Undo this change', url },
        small:
          "The link works once, within 72 hours. If this wasn't you, use it now: it restores this address, ends all sessions and lets you choose a new password.",
      };

function letterFor(mail: Mail, { appUrl, emailToken, unsubscribeToken }: MailLinks): Letter {
  const greeting = `Hello ${mail.username},`;
  switch (mail.template) {
    case 'verify-email':
      return {
        subject: 'Verify your email address',
        // Anyone can have this mail sent to anyone, so it must not repeat the name they chose: it could hold a link.
        lines: ['Hello,', 'Please confirm that this email address is yours.'],
        action: {
          label: 'Verify email address',
          url: `${appUrl}/verify-email?token=${emailToken(mail.tokenId)}`,
        },
        small: "The link works for 24 hours. If you didn't sign up, you can ignore this email.",
      };
    case 'reset-password':
      return {
        subject: 'Reset your password',
        lines: [greeting, 'We received a request to reset the password of your account.'],
        action: {
          label: 'Choose a new password',
          url: `${appUrl}/reset-password?token=${emailToken(mail.tokenId)}`,
        },
        small:
          "The link works once, within 60 minutes. If this wasn't you, ignore this email and your password stays the same.",
      };
    case 'change-email':
      return {
        subject: 'Verify your new email address',
        lines: [greeting, 'Please confirm that you want to use this email address for your account.'],
        action: {
          label: 'Verify new email address',
          url: `${appUrl}/confirm-email?token=${emailToken(mail.tokenId)}`,
        },
        small: "The link works for 24 hours. If you didn't request this, you can ignore this email.",
      };
    case 'email-change-requested':
    case 'username-changed':
    case 'password-changed': {
      const { subject, line, small } = SECURITY_NEWS[mail.template];
      return { subject, lines: [greeting, line], small };
    }
    case 'email-changed':
      return {
        subject: 'Your email address was changed',
        lines: [
          greeting,
          'Your account now uses a different email address. We will no longer send mail to this one.',
        ],
        ...offerUndo(mail.tokenId && `${appUrl}/undo-email-change?token=${emailToken(mail.tokenId)}`),
      };
    case 'referral-successful':
      return {
        subject: 'Someone joined through your link',
        lines: [greeting, `${countPeople(mail.count)} joined through your link. Thank you!`],
        action: {
          label: 'Unsubscribe from these emails',
          url: `${appUrl}/unsubscribe?token=${unsubscribeToken(mail.userId)}`,
        },
        small: 'You get at most one of these emails per hour.',
      };
    case 'milestone-reached':
      return {
        subject: 'You reached a milestone',
        lines: [
          greeting,
          `${mail.referrals} people have joined through your link. You earned ${mail.credits} credits. Thank you!`,
        ],
        action: {
          label: 'Unsubscribe from these emails',
          url: `${appUrl}/unsubscribe?token=${unsubscribeToken(mail.userId)}`,
        },
        small: 'You get one of these emails per milestone.',
      };
  }
}

/** Renders a mail as text and as HTML. Usernames are escaped. */
export function renderMail(mail: Mail, links: MailLinks): RenderedMail {
  const letter = letterFor(mail, links);
  return { subject: letter.subject, text: renderText(letter), html: renderHtml(letter) };
}
