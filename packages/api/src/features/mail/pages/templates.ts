import type { Mail } from '../schema.ts';
import type { Letter } from '../../../core/text/letter.ts';

type DomainMail = Extract<Mail, { template: 'domain-failing' | 'domain-released' }>;

export function buildDomainLetter(mail: DomainMail, greeting: string): Letter {
  const small = 'You get this email because you manage the domains of a workspace.';
  // Mail clients would link the name.
  const host = mail.host.replaceAll('.', '.\u200b');
  if (mail.template === 'domain-released')
    return {
      subject: 'A domain was removed',
      lines: [
        greeting,
        `Your domain ${host} was removed because its DNS records were wrong for two weeks.`,
        'Add it again at any time. Your page keeps its other addresses.',
      ],
      small,
    };
  return {
    subject: 'A domain needs attention',
    lines: [
      greeting,
      `The DNS records of your domain ${host} have been wrong for a day, so it no longer shows your page.`,
      'Your domain settings list the records that it needs. Without them it is removed in two weeks.',
    ],
    small,
  };
}

type PageMail = Extract<Mail, { template: 'page-taken-down' | 'page-restored' | 'appeal-upheld' }>;

const TAKEDOWN_CAUSES: Record<string, string> = {
  spam: 'it contains spam',
  fraud: 'it deceives people to get their money or data',
  malware: 'it leads to malware',
  impersonation: 'it pretends to be someone else',
  hate: 'it spreads hate or violence',
  sexual: 'it shows sexual content without a warning',
  minors: 'it endangers children',
  copyright: 'it infringes copyright',
  legal: 'a legal order requires it',
};

export function buildPageLetter(mail: PageMail, greeting: string): Letter {
  // Mail clients would link the name.
  const page = `Your page @${mail.handle.replaceAll('.', '.\u200b')}`;
  const note = mail.note === null ? [] : [`The administrator's note: ${mail.note}`];
  const small = 'You get this email because you own the workspace of the page.';
  if (mail.template === 'page-restored')
    return {
      subject: 'Your page is back',
      lines: [greeting, `${page} can be seen again.`, ...note],
      small,
    };
  if (mail.template === 'appeal-upheld')
    return {
      subject: 'Your appeal was declined',
      lines: [greeting, `${page} stays down.`, ...note],
      small,
    };
  const cause = TAKEDOWN_CAUSES[mail.reason] ?? 'it broke our rules';
  return {
    subject: 'Your page was taken down',
    lines: [
      greeting,
      `${page} was taken down because ${cause}. Nobody can see it, and you can still change it.`,
      ...note,
      'If you think this is wrong, you can appeal once, in the settings of the page.',
    ],
    small,
  };
}

/** Without the words of the page or of whoever filled in the form, as anyone can have this mail sent to anyone. */
export const buildFormLetter = (greeting: string, base: string, token: string): Letter => ({
  subject: 'Confirm your email address',
  lines: [
    greeting,
    'Someone entered this email address into a form on a page. If it was you, confirm the address.',
  ],
  action: { label: 'Confirm my address', url: `${base}/confirm?token=${token}` },
  small:
    `Opening the link changes nothing yet. If it was not you, ignore this email, and the entry is deleted after 7 days. ` +
    `To delete it now or at any later time: ${base}/unsubscribe?token=${token}`,
});
