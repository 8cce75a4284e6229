import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { username } from '../users/schema.ts';
import { type Mail, mailPayload } from './schema.ts';
import { renderMail } from './templates.ts';

const links = {
  appUrl: 'https://example.com/app',
  emailToken: (id: string) => `token-of-${id}`,
  loginCode: () => '123456',
  invitationToken: (id: string) => `token-of-${id}`,
  formToken: (id: string) => `token-of-${id}`,
  publicUrl: 'https://links.example.com',
  unsubscribeToken: (id: string) => `token-of-${id}`,
};
const templates = mailPayload.options.map((option) => option.shape.template.value);
const PATHS: Partial<Record<Mail['template'], string>> = {
  'verify-email': '/verify-email',
  'change-email': '/confirm-email',
  'reset-password': '/reset-password',
  'account-invitation': '/reset-password',
  'login-link': '/login-link',
  'new-device': '/report-sign-in',
  'workspace-invitation': '/invitation',
  'email-changed': '/undo-email-change',
  'referral-successful': '/unsubscribe',
  'milestone-reached': '/unsubscribe',
  'referral-reward': '/unsubscribe',
};

const SAMPLE = {
  handle: 'ada',
  note: 'A note',
  to: 'ada@example.com',
  username: 'ada',
  tokenId: 'id-1',
  userId: 'id-1',
  proven: true,
  at: '2026-03-05T14:03:59.000Z',
  country: 'DE',
  browser: 'Firefox on Linux',
  count: 3,
  referrals: 5,
  credits: 25,
  owed: 10,
  cause: 'refund',
  role: 'editor',
  start: 'lg_live_AbC123',
  host: 'hooks.example.com',
  reason: 'gone',
  method: 'Google',
  by: 'Grace Hopper',
  item: 'A mug',
  change: 'added',
};
const mailOf = (template: Mail['template'], more: Partial<Mail> = {}): Mail =>
  mailPayload.parse({ ...SAMPLE, template, ...more });
const render = (template: Mail['template'], name = 'ada') =>
  renderMail(mailOf(template, { username: name }), links);

const anyTemplate = fc.constantFrom(...templates);
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(...'<>&"\'/= ;#\r\n\t\0abc', '</p>', '<script>', '&lt;', '-->', '"x=') }),
);
/** Valid usernames. */
const anyName = fc
  .string({ unit: fc.constantFrom(...'aZ0._-'), minLength: 3, maxLength: 30 })
  .filter((text) => username.safeParse(text).success);

/** A name without letters could be a telephone number. */
const greetingOf = (name: string) =>
  /[a-z]/i.test(name) ? `Hello ${name.replaceAll('.', '.\u200b')},` : 'Hello,';

const tagsOf = (html: string) => html.match(/<[^>]*>/g) ?? [];
const unescape = (html: string) =>
  html.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));

const hrefsOf = (html: string) =>
  [...html.matchAll(/href="([^"]*)"/g)].map((found) => unescape(found[1] ?? ''));

describe('every mail', () => {
  it.each(templates)('has the same content as text and as HTML: %s', (template) => {
    const { subject, text, html } = render(template);
    expect(html).toContain(`<title>${subject}</title>`);
    const shown = unescape(html.replace(/[\s\S]*<body[^>]*>/, '').replace(/<[^>]*>/g, '\n'));
    for (const line of text.split('\n').filter((one) => one && !one.endsWith(':'))) {
      expect(shown).toContain(line);
    }
  });

  it.each(templates)('greets the user and ends with a line break: %s', (template) => {
    const { text } = render(template, 'Ada.Lovelace');
    expect(text).toMatch(/^Hello Ada\.\u200bLovelace,\n\n/);
    expect(text).toMatch(/[^\n]\n$/);
  });

  it('has a subject of one line that no user can influence', () => {
    fc.assert(
      fc.property(anyTemplate, anyText, anyText, (template, name, tokenId) => {
        const { subject } = renderMail(mailOf(template, { username: name, tokenId }), links);
        expect(subject).toMatch(/^[A-Z][A-Za-z ]+$/);
        expect(subject).toBe(render(template).subject);
      }),
    );
  });

  it('has the same HTML elements for every username, and shows the username with broken dots', () => {
    fc.assert(
      fc.property(anyTemplate, anyText, (template, name) => {
        const { html } = render(template, name);
        expect(tagsOf(html)).toEqual(tagsOf(render(template).html));
        expect(unescape(html)).toContain(`>${greetingOf(name)}</p>`);
      }),
      { numRuns: 500 },
    );
  });

  it('has the same lines of text for every username', () => {
    fc.assert(
      fc.property(anyTemplate, anyName, (template, name) => {
        const [greeting, ...rest] = render(template, name).text.split('\n');
        expect(greeting).toBe(greetingOf(name));
        expect(rest).toEqual(render(template).text.split('\n').slice(1));
      }),
    );
  });

  it('does not contain the username unless the address is proven', () => {
    fc.assert(
      fc.property(anyTemplate, anyText, (template, name) => {
        const [first, second] = [name, 'ada'].map((one) =>
          renderMail(mailOf(template, { username: one, proven: false }), links),
        );
        expect(first).toEqual(second);
        expect(first?.text).toMatch(/^Hello,\n\n/);
      }),
    );
  });

  it('has no name without letters, which could be a telephone number', () => {
    expect(render('password-changed', '1-800-555-0199').text).toMatch(/^Hello,\n\n/);
  });

  it.each(['verify-email', 'change-email'] as const)(
    'says when and from where %s was requested',
    (template) => {
      expect(render(template).text).toContain('on 5 March 2026 at 14:03 UTC, from Germany');
      const older = renderMail(mailOf(template, { at: undefined, country: undefined }), links);
      expect(older.text).not.toMatch(/ on | from |undefined/);
    },
  );

  it('never contains the address it is sent to', () => {
    fc.assert(
      fc.property(anyTemplate, fc.emailAddress(), (template, to) => {
        const { subject, text, html } = renderMail(mailOf(template, { to }), links);
        for (const part of [subject, text, html]) expect(part).not.toContain(to);
      }),
    );
  });
});

describe('the link in a mail', () => {
  const withLink = templates.flatMap((template) => {
    const path = PATHS[template];
    return path === undefined ? [] : [[template, path] as const];
  });

  it.each(withLink)('of %s leads to %s of the app, with the token derived from its ID', (template, path) => {
    const { text, html } = render(template);
    const url = `https://example.com/app${path}?token=token-of-id-1`;
    expect(text.match(/\S+:\/\/\S+/g)).toEqual([url]);
    expect(new Set(hrefsOf(html))).toEqual(new Set([url]));
    expect(unescape(html)).toContain(`>${url}</a>`);
  });

  it('of a form confirms or deletes the entry, on the host of the pages', () => {
    const { text } = render('form-confirmation');
    expect(text.match(/\S+:\/\/\S+/g)).toEqual([
      'https://links.example.com/go/form/confirm?token=token-of-id-1',
      'https://links.example.com/go/form/unsubscribe?token=token-of-id-1',
    ]);
  });

  const informing = templates.filter((template) => !(template in PATHS) && template !== 'form-confirmation');
  it.each(informing)('is missing in a mail that only informs: %s', (template) => {
    const { text, html } = render(template);
    expect(text).not.toContain('://');
    expect(html).not.toContain('href');
    expect(text).not.toContain('token');
  });

  it('is missing in the mail about a changed address that was never verified', () => {
    const mail = mailPayload.parse({ template: 'email-changed', to: 'ada@example.com', username: 'ada' });
    expect(renderMail(mail, links).text).not.toContain('://');
  });

  it('is complete for every username, so that no name leads elsewhere', () => {
    fc.assert(
      fc.property(fc.constantFrom(...withLink), anyText, ([template, path], name) => {
        const { html } = render(template, name);
        const url = `https://example.com/app${path}?token=token-of-id-1`;
        expect(hrefsOf(html)).toEqual([url, url]);
      }),
    );
  });

  it('cannot break out of its attribute, whatever the URL of the app is', () => {
    fc.assert(
      fc.property(fc.constantFrom(...withLink), anyText, ([template, path], text) => {
        const appUrl = `https://example.com/${text}`;
        const { html } = renderMail(mailOf(template), { ...links, appUrl });
        for (const href of hrefsOf(html)) expect(href).toBe(`${appUrl}${path}?token=token-of-id-1`);
        expect(hrefsOf(html)).toHaveLength(2);
        expect(tagsOf(html)).toHaveLength(tagsOf(render(template).html).length);
      }),
    );
  });
});

describe('the words of a mail', () => {
  it('say that an invitation was accepted', () => {
    expect(render('referral-successful').subject).toBe('Someone accepted your invitation');
    expect(render('referral-successful').text).toContain('3 more people accepted your invitation.');
    expect(render('milestone-reached').text).toContain('3 people have accepted your invitation.');
  });

  it('say that someone asked to change the address, and to reply if there is no link', () => {
    expect(render('email-change-requested').text).toContain('Someone asked to change your email address.');
    const mail = mailPayload.parse({ template: 'email-changed', to: 'ada@example.com', username: 'ada' });
    expect(renderMail(mail, links).text).toContain("If this wasn't you, reply immediately.");
  });
});

describe('the name of somebody else', () => {
  it.each([
    ['Grace B. Hopper', 'Grace B.\u200b Hopper'],
    ["Renée O'Neil-Šimić", "Renée O'Neil-Šimić"],
    ['山田 太郎', '山田 太郎'],
    ['win-now.com', 'win-now.\u200bcom'],
    ['https://evil.example', 'Someone'],
    ['+1 800 555 0199', 'Someone'],
    ['grace@example.com', 'Someone'],
    ['Call 555', 'Someone'],
    ['', 'Someone'],
  ])('%j is written as %j', (by, shown) => {
    const { text } = renderMail(mailOf('referral-reward', { by }), links);
    expect(text).toContain(`${shown} invited you, and you earned 25 credits.`);
  });
});

describe('the subjects in the contract', () => {
  it('contain Verify for verifying an address, and Reset for resetting a password', () => {
    expect(render('verify-email').subject).toContain('Verify');
    expect(render('change-email').subject).toContain('Verify');
    expect(render('reset-password').subject).toContain('Reset');
  });
});

describe('a mail about an API key', () => {
  it.each([
    ['key-created', 'The API key that starts with lg_live_AbC123 was created for your account.'],
    ['key-rotated', 'The API key that starts with lg_live_AbC123 was replaced with a new one.'],
    ['key-revoked', 'The API key that starts with lg_live_AbC123 was deleted and no longer works.'],
    [
      'key-used-elsewhere',
      'The API key that starts with lg_live_AbC123 was used from a country where it had never been used, from Germany.',
    ],
  ] as const)('%s says which key, and what to do', (template, line) => {
    const { text } = render(template);
    expect(text).toContain(line);
    expect(text).toContain('delete the key now');
  });
});
