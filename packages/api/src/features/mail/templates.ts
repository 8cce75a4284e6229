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
<p style="margin:0 0 16px;font-size:14px;color:#55605a">Or open this address: <a href="${url}" style="color:#1f6f4a;word-break:break-all">${url}</a></p>`;
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

const NOT_YOU = 'If it was not you, reset your password at once: that ends every session.';

const people = (count: number) => (count === 1 ? 'One more person' : `${count} more people`);

function letterFor(mail: Mail, { appUrl, emailToken, unsubscribeToken }: MailLinks): Letter {
  const greeting = `Hello ${mail.username},`;
  switch (mail.template) {
    case 'verify-email':
      return {
        subject: 'Verify your email address',
        // Without the name: anyone can have this mail sent to anyone, and put a link there.
        lines: ['Hello,', 'Please confirm that this address is yours. It takes one click.'],
        action: {
          label: 'Verify email address',
          url: `${appUrl}/verify-email?token=${emailToken(mail.tokenId)}`,
        },
        small: 'The link works for 24 hours. If you did not sign up, ignore this mail and nothing happens.',
      };
    case 'reset-password':
      return {
        subject: 'Reset your password',
        lines: [greeting, 'Someone, hopefully you, asked to choose a new password for your account.'],
        action: {
          label: 'Choose a new password',
          url: `${appUrl}/reset-password?token=${emailToken(mail.tokenId)}`,
        },
        small:
          'The link works once, for 60 minutes. If it was not you, ignore this mail: your password stays as it is.',
      };
    case 'change-email':
      return {
        subject: 'Verify your new email address',
        lines: [greeting, 'Please confirm that your account should have this address from now on.'],
        action: {
          label: 'Verify new address',
          url: `${appUrl}/confirm-email?token=${emailToken(mail.tokenId)}`,
        },
        small:
          'The link works for 24 hours. If you did not ask for this, ignore this mail and nothing happens.',
      };
    case 'email-change-requested':
      return {
        subject: 'Your email address is about to change',
        lines: [greeting, 'Someone signed in to your account asked to move it to another address.'],
        small: `The change takes effect when the new address is confirmed. ${NOT_YOU}`,
      };
    case 'email-changed':
      return {
        subject: 'Your email address was changed',
        lines: [greeting, 'Your account has another address now. This one gets no more mail from us.'],
        small: 'If it was not you, answer this mail at once.',
      };
    case 'password-changed':
      return {
        subject: 'Your password was changed',
        lines: [greeting, 'The password of your account was changed, and other sessions were ended.'],
        small: NOT_YOU,
      };
    case 'referral-successful':
      return {
        subject: 'Someone joined through you',
        lines: [greeting, `${people(mail.count)} you invited joined for good. Thank you!`],
        action: {
          label: 'Stop these mails',
          url: `${appUrl}/unsubscribe?token=${unsubscribeToken(mail.userId)}`,
        },
        small: 'You get at most one such mail an hour.',
      };
    case 'milestone-reached':
      return {
        subject: 'You reached a milestone',
        lines: [
          greeting,
          `${mail.referrals} people joined through you. ${mail.credits} credits are yours: thank you!`,
        ],
        action: {
          label: 'Stop these mails',
          url: `${appUrl}/unsubscribe?token=${unsubscribeToken(mail.userId)}`,
        },
        small: 'You get one such mail for each milestone.',
      };
  }
}

/** Writes a mail as text and as HTML; whatever a user named themselves is escaped. */
export function renderMail(mail: Mail, links: MailLinks): RenderedMail {
  const letter = letterFor(mail, links);
  return { subject: letter.subject, text: renderText(letter), html: renderHtml(letter) };
}
