import { type Letter, renderLetter, type RenderedLetter } from '../../core/text/letter.ts';
import {
  buildAccountLetter,
  buildLoginLetter,
  buildResetLetter,
  buildVerificationLetter,
} from './account/templates.ts';
import { buildDomainLetter, buildFormLetter, buildPageLetter } from './pages/templates.ts';
import {
  buildCreditsLetter,
  buildNewcomerLetter,
  buildPremiumLetter,
  buildRedemptionLetter,
  buildReferralLetter,
} from './rewards/templates.ts';
import type { Mail } from './schema.ts';
import {
  buildEmailChangedLetter,
  buildKeyLetter,
  buildNewDeviceLetter,
  buildNewsLetter,
  buildSignInMethodLetter,
  isSecurityNews,
} from './security/templates.ts';
import { buildInvitationLetter, buildWebhookLetter } from './workspaces/templates.ts';

export type MailLinks = {
  appUrl: string;
  publicUrl: string;
  emailToken: (tokenId: string) => string;
  loginCode: (tokenId: string) => string;
  invitationToken: (id: string) => string;
  formToken: (id: string) => string;
  unsubscribeToken: (userId: string) => string;
};

/** At an unproven address a name is a stranger's words. Mail clients link `win-now.com` and telephone numbers. */
const greet = ({ username, proven }: Mail): string =>
  proven && /[a-z]/i.test(username) ? `Hello ${username.replaceAll('.', '.\u200b')},` : 'Hello,';

const offerUnsubscribe = (
  { appUrl, unsubscribeToken }: MailLinks,
  userId: string,
): NonNullable<Letter['action']> => ({
  label: 'Unsubscribe from these emails',
  url: `${appUrl}/unsubscribe?token=${unsubscribeToken(userId)}`,
});

function letterFor(mail: Mail, links: MailLinks): Letter {
  const { appUrl, publicUrl, emailToken, invitationToken, formToken } = links;
  const greeting = greet(mail);
  if (isSecurityNews(mail)) return buildNewsLetter(mail, greeting);
  switch (mail.template) {
    case 'verify-email':
    case 'change-email':
      return buildVerificationLetter(mail, greeting, { appUrl, token: emailToken(mail.tokenId) });
    case 'form-confirmation':
      return buildFormLetter(greeting, `${publicUrl}/go/form`, formToken(mail.tokenId));
    case 'workspace-invitation':
      return buildInvitationLetter(
        mail,
        greeting,
        `${appUrl}/invitation?token=${invitationToken(mail.tokenId)}`,
      );
    case 'login-link':
      return buildLoginLetter(
        greeting,
        `${appUrl}/login-link?token=${emailToken(mail.tokenId)}`,
        links.loginCode(mail.tokenId),
      );
    case 'new-device':
      return buildNewDeviceLetter(
        mail,
        greeting,
        `${appUrl}/report-sign-in?token=${emailToken(mail.tokenId)}`,
      );
    case 'reset-password':
      return buildResetLetter(greeting, `${appUrl}/reset-password?token=${emailToken(mail.tokenId)}`);
    case 'account-invitation':
      return buildAccountLetter(greeting, `${appUrl}/reset-password?token=${emailToken(mail.tokenId)}`);
    case 'sign-in-method-changed':
      return buildSignInMethodLetter(mail, greeting);
    case 'key-created':
    case 'key-rotated':
    case 'key-revoked':
    case 'key-used-elsewhere':
      return buildKeyLetter(mail, greeting);
    case 'email-changed':
      return buildEmailChangedLetter(
        greeting,
        mail.tokenId && `${appUrl}/undo-email-change?token=${emailToken(mail.tokenId)}`,
      );
    case 'referral-reward':
      return buildNewcomerLetter(mail, greeting, offerUnsubscribe(links, mail.userId));
    case 'redemption-fulfilled':
    case 'redemption-cancelled':
      return buildRedemptionLetter(mail, greeting);
    case 'webhook-failing':
    case 'webhook-disabled':
      return buildWebhookLetter(mail, greeting);
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
