import type { Mail } from './schema.ts';

export type RenderedMail = { subject: string; text: string; html: string };
export type MailLinks = { appUrl: string; emailToken: (tokenId: string) => string };

/** Text made safe to stand in HTML, in content and in quoted attributes. */
const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

type Letter = {
  subject: string;
  greeting: string;
  lines: string[];
  action: { label: string; url: string };
  small: string;
};

const renderText = (letter: Letter): string =>
  [letter.greeting, ...letter.lines, `${letter.action.label}:\n${letter.action.url}`, letter.small].join(
    '\n\n',
  ) + '\n';

function renderHtml(letter: Letter): string {
  const paragraph = (text: string) => `<p style="margin:0 0 16px">${escapeHtml(text)}</p>`;
  const url = escapeHtml(letter.action.url);
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(letter.subject)}</title></head>
<body style="margin:0;padding:24px;background:#f4f5f2;color:#1c2420;font:16px/1.5 system-ui,sans-serif">
<div style="max-width:32rem;margin:0 auto;padding:32px;background:#fff;border-radius:12px">
${[letter.greeting, ...letter.lines].map(paragraph).join('\n')}
<p style="margin:24px 0"><a href="${url}" style="display:inline-block;padding:12px 20px;border-radius:8px;background:#1f6f4a;color:#fff;text-decoration:none;font-weight:600">${escapeHtml(letter.action.label)}</a></p>
<p style="margin:0 0 16px;font-size:14px;color:#55605a">Or open this address: <a href="${url}" style="color:#1f6f4a;word-break:break-all">${url}</a></p>
<p style="margin:0;font-size:14px;color:#55605a">${escapeHtml(letter.small)}</p>
</div>
</body>
</html>
`;
}

function letterFor(mail: Mail, links: MailLinks): Letter {
  const token = links.emailToken(mail.tokenId);
  const greeting = `Hello ${mail.username},`;
  switch (mail.template) {
    case 'verify-email':
      return {
        subject: 'Verify your email address',
        greeting,
        lines: ['Please confirm that this address is yours. It takes one click.'],
        action: { label: 'Verify email address', url: `${links.appUrl}/verify-email?token=${token}` },
        small: 'The link works for 24 hours. If you did not sign up, ignore this mail and nothing happens.',
      };
    case 'reset-password':
      return {
        subject: 'Reset your password',
        greeting,
        lines: ['Someone, hopefully you, asked to choose a new password for your account.'],
        action: { label: 'Choose a new password', url: `${links.appUrl}/reset-password?token=${token}` },
        small:
          'The link works once, for 60 minutes. If it was not you, ignore this mail: your password stays as it is.',
      };
  }
}

/** Writes a mail as text and as HTML; whatever a user named themselves is escaped. */
export function renderMail(mail: Mail, links: MailLinks): RenderedMail {
  const letter = letterFor(mail, links);
  return { subject: letter.subject, text: renderText(letter), html: renderHtml(letter) };
}
