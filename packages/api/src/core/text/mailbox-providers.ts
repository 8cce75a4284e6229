type Provider = {
  domains: Set<string>;
  /** The one domain that all others are aliases of. Without it each domain has mailboxes of its own. */
  canonicalDomain?: string;
  ignored?: RegExp;
  equal?: readonly [RegExp, string];
  tag?: string;
  /** Whether `tag@user.domain` reaches `user@domain`. */
  hasSubdomains?: boolean;
};

const toDomains = (text: string): Set<string> => new Set(text.trim().split(/\s+/));

const FASTMAIL_DOMAINS = `
  fastmail.com fastmail.fm fastmail.cn fastmail.co.uk fastmail.com.au fastmail.de fastmail.es fastmail.fr fastmail.im
  fastmail.in fastmail.jp fastmail.mx fastmail.net fastmail.nl fastmail.org fastmail.se fastmail.to fastmail.tw
  fastmail.uk fastmail.us fastmailbox.net fastmessaging.com fastem.com fastemail.us fastemailer.com fastest.cc
  fastimap.com fast-email.com fast-mail.org 123mail.org 150mail.com 16mail.com 2-mail.com 4email.net 50mail.com
  150ml.com airpost.net allmail.net bestmail.us cluemail.com elitemail.org emailcorner.net emailengine.net emailengine.org
  emailgroups.net emailplus.org emailuser.net eml.cc f-m.fm fea.st fmail.co.uk fmailbox.com fmgirl.com fmguy.com
  ftml.net h-mail.us hailmail.net imap-mail.com imap.cc imapmail.org inoutbox.com internet-e-mail.com
  internet-mail.org internetemails.net internetmailing.net jetemail.net justemail.net letterboxes.org mail-central.com
  mail-page.com mailandftp.com mailas.com mailbolt.com mailc.net mailcan.com mailforce.net mailftp.com mailhaven.com
  mailingaddress.org mailite.com mailmight.com mailnew.com mailsent.net mailservice.ms mailup.net mailworks.org ml1.net
  mm.st myfastmail.com mymacmail.com nospammail.net ownmail.net petml.com postinbox.com postpro.net proinbox.com
  promessage.com realemail.net reallyfast.biz reallyfast.info rushpost.com sent.as sent.at sent.com speedpost.net
  speedymail.org ssl-mail.com swift-mail.com the-fastest.net the-quickest.com theinternetemail.com veryfast.biz
  veryspeedy.net warpmail.net xsmail.com yepmail.net your-mail.com`;

const YAHOO_DOMAINS = `
  yahoo.com ymail.com rocketmail.com myyahoo.com y7mail.com yahoo.at yahoo.be yahoo.bg yahoo.ca yahoo.cl yahoo.co.id yahoo.co.il yahoo.co.in yahoo.co.jp
  yahoo.co.kr yahoo.co.nz yahoo.co.th yahoo.co.uk yahoo.co.za yahoo.com.ar yahoo.com.au yahoo.com.br yahoo.com.cn
  yahoo.com.co yahoo.com.hk yahoo.com.hr yahoo.com.mx yahoo.com.my yahoo.com.pe yahoo.com.ph yahoo.com.sg yahoo.com.tr
  yahoo.com.tw yahoo.com.ua yahoo.com.ve yahoo.com.vn yahoo.cz yahoo.de yahoo.dk yahoo.ee yahoo.es yahoo.fi yahoo.fr yahoo.gr yahoo.hu
  yahoo.ie yahoo.in yahoo.it yahoo.lt yahoo.lv yahoo.nl yahoo.no yahoo.pl yahoo.pt yahoo.ro yahoo.ru yahoo.se yahoo.sk`;

/** The one table of provider rules. Outlook, Hotmail, Live, MSN, Mailo and Posteo only tag with `+`: no row needed. */
const PROVIDERS: readonly Provider[] = [
  {
    // https://support.google.com/mail/answer/7436150, https://support.google.com/mail/answer/10313
    domains: toDomains('gmail.com googlemail.com'),
    canonicalDomain: 'gmail.com',
    ignored: /\./g,
  },
  {
    // No Yahoo ID has a dash of its own: https://help.yahoo.com/kb/SLN3523.html
    domains: toDomains(YAHOO_DOMAINS),
    tag: '-',
  },
  {
    // https://proton.me/support/creating-aliases, https://proton.me/support/addresses-and-aliases
    domains: toDomains('proton.me protonmail.com protonmail.ch pm.me'),
    canonicalDomain: 'proton.me',
    ignored: /[._-]/g,
  },
  {
    // https://www.fastmail.help/hc/en-us/articles/360060591053
    domains: toDomains(FASTMAIL_DOMAINS),
    hasSubdomains: true,
  },
  {
    // Its domains are synonymous: https://help.runbox.com/how-do-internet-domains-work-for-email/
    domains: toDomains('runbox.com runbox.no runbox.eu'),
    canonicalDomain: 'runbox.com',
    hasSubdomains: true,
  },
  {
    // A Zoho account has one name in both.
    domains: toDomains('zoho.com zohomail.com'),
    canonicalDomain: 'zoho.com',
  },
  {
    // https://support.apple.com/en-us/102540
    domains: toDomains('icloud.com me.com mac.com'),
    canonicalDomain: 'icloud.com',
  },
  {
    // Dots and dashes are interchangeable: https://yandex.com/support/id/en/authorization/alias
    domains: toDomains('yandex.ru yandex.com yandex.by yandex.kz yandex.ua ya.ru'),
    canonicalDomain: 'yandex.ru',
    equal: [/\./g, '-'],
  },
];

const BY_DOMAIN = new Map(
  PROVIDERS.flatMap((provider) => [...provider.domains].map((domain) => [domain, provider] as const)),
);

function unfoldSubdomain(mailbox: string, domain: string): { mailbox: string; domain: string } {
  for (let dot = domain.indexOf('.'); dot !== -1; dot = domain.indexOf('.', dot + 1)) {
    const parent = domain.slice(dot + 1);
    if (dot > 0 && BY_DOMAIN.get(parent)?.hasSubdomains)
      return { mailbox: domain.slice(0, dot), domain: parent };
  }
  return { mailbox, domain };
}

/** Cuts a tag off, unless nothing stands before it: `+a@` and `+b@` are two mailboxes. */
function cutTag(mailbox: string, sign: string): string {
  const at = mailbox.indexOf(sign, 1);
  return at === -1 ? mailbox : mailbox.slice(0, at);
}

/** Two people never share the result. Idempotent. Convert the domain to ASCII first. */
export function canonicalizeMailbox(email: string): string {
  const lower = email.toLowerCase();
  const at = lower.lastIndexOf('@');
  const given = unfoldSubdomain(lower.slice(0, Math.max(at, 0)), lower.slice(at + 1));
  const provider = BY_DOMAIN.get(given.domain);
  const untagged = cutTag(given.mailbox, '+');
  if (!provider) return `${untagged}@${given.domain}`;
  const { tag, ignored, equal, canonicalDomain = given.domain } = provider;
  const base = tag === undefined ? untagged : cutTag(untagged, tag);
  const spelled = equal ? base.replaceAll(...equal) : base;
  // A name of ignored characters only is no address there; it is kept, so that it isn't empty.
  const mailbox = (ignored && spelled.replaceAll(ignored, '')) || spelled;
  return `${mailbox}@${canonicalDomain}`;
}
