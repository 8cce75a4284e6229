import { formatOrigin, type Origin } from '@linkgrove/api';
import { type Html, html } from '../html.ts';

export type OptionalParts = { docs: boolean; mail: boolean };
export type Query = (name: string) => string;
export type BuiltInPage = {
  title: string;
  /** `link` is null if the token is not valid, and undefined if it was not looked up. */
  body: (query: Query, parts: OptionalParts, link?: Origin | null) => Html;
};

type Field = {
  name: string;
  label: string;
  type: 'text' | 'email' | 'password';
  autocomplete: string;
  hint?: string;
  value?: string;
  optional?: boolean;
  check?: 'username' | 'referralCode' | 'strength';
};

const renderInput = ({ name, type, autocomplete, hint, value = '', optional = false, check }: Field) =>
  html` <input
    id="${name}"
    name="${name}"
    type="${type}"
    autocomplete="${autocomplete}"
    autocapitalize="none"
    spellcheck="false"
    value="${value}"
    aria-describedby="${hint ? `${name}-hint ` : ''}${check ? `${name}-note ` : ''}${name}-error"
    ${check ? html`data-check="${check}"` : ''}
    ${optional ? '' : 'required'}
  />`;

const renderPasswordInput = (options: Field) =>
  html` <div class="password">
    ${renderInput(options)}
    <button class="quiet" type="button" aria-controls="${options.name}" aria-label="Show password" disabled>
      Show
    </button>
  </div>`;

const renderField = (options: Field) => {
  const { name, label, hint, type, optional, check } = options;
  const note = optional ? html`<small>(optional)</small>` : '';
  return html`
    <div class="field">
      <label for="${name}">${label} ${note}</label>
      ${type === 'password' ? renderPasswordInput(options) : renderInput(options)}
      ${hint ? html`<p class="hint" id="${name}-hint">${hint}</p>` : ''}
      ${check ? html`<p class="note" id="${name}-note" role="status" dir="auto"></p>` : ''}
      <p class="error" id="${name}-error"></p>
    </div>
  `;
};

const MESSAGE = html`<p class="message" role="alert" tabindex="-1"></p>`;

// The script enables the buttons. Without it, the browser would send no JSON, and perhaps put values into the URL.
const renderForm = (action: string, button: string, fields: Html[], next = '') => html`
  <noscript>
    <p class="message">This form needs JavaScript. Turn it on and reload the page.</p>
  </noscript>
  <form action="${action}" method="post" data-next="${next}">
    ${MESSAGE} ${fields}
    <button disabled>${button}</button>
  </form>
`;

const renderSmallForm = (action: string, button: string, done = '') =>
  html` <form action="${action}" method="post" data-done="${done}">
    ${MESSAGE}
    <button class="quiet" disabled>${button}</button>
  </form>`;

const renderDeclineForm = (token: string) =>
  html` <form action="/api/verify-email/decline" method="post" data-next="declined">
    ${MESSAGE} ${renderTokenInput(token)}
    <button class="quiet" disabled>This wasn't me</button>
  </form>`;

const RESEND_FORM = renderSmallForm(
  '/api/resend-verification',
  'Resend email',
  'Another email is on its way.',
);
const renderTokenInput = (value: string) => html`<input type="hidden" name="token" value="${value}" />`;

const EMAIL_FIELD = renderField({ name: 'email', label: 'Email', type: 'email', autocomplete: 'email' });
const renderUsername = (value: string) =>
  renderField({
    name: 'username',
    label: 'Username',
    type: 'text',
    autocomplete: 'username',
    value,
    check: 'username',
    hint: 'It becomes the address of your page. Use 3–30 letters or digits; single . _ - allowed inside.',
  });
const renderNewPassword = (label: string) =>
  renderField({
    name: 'password',
    label,
    type: 'password',
    autocomplete: 'new-password',
    check: 'strength',
    hint: 'Use at least 8 characters, for example three or four unusual words.',
  });
const renderReferralCode = (value: string) =>
  renderField({
    name: 'referralCode',
    label: 'Referral code',
    type: 'text',
    autocomplete: 'off',
    value,
    optional: true,
    check: 'referralCode',
  });

const renderState = (heading: string, body: Html) =>
  html` <section class="card">
    <h1>${heading}</h1>
    ${body}
  </section>`;
const renderNextState = (heading: Html, body: Html, { id = '', problem = '' } = {}) =>
  html` <section class="card" ${id === '' ? '' : html`id="${id}"`} data-problem="${problem}" hidden>
    <h1 tabindex="-1">${heading}</h1>
    ${body}
  </section>`;

const renderLinkButton = (path: string, label: string) => html`<a class="button" href="${path}">${label}</a>`;
const renderInboxLink = ({ mail }: OptionalParts) => (mail ? renderLinkButton('/dev/mail', 'Open mail') : '');

const renderAddress = (label: string, fill: string, more: Html | '' = '') => html`
  <div class="address">
    <h2>${label}</h2>
    <code data-fill="${fill}"></code>
    <div class="actions">
      <button class="quiet" type="button" data-copy>Copy</button>
      <button class="quiet" type="button" data-share>Share</button>
      ${more}
    </div>
  </div>
`;

const ADDRESSES = html`
  <div data-page hidden>
    ${renderAddress('Your page', 'pageUrl', html`<a data-open href="/">Open</a>`)}
    <div data-draft>
      <p>Your page is a draft, so only you can see it.</p>
      <button class="quiet" type="button" data-publish>Publish page</button>
      <p class="error" role="alert"></p>
    </div>
  </div>
  ${renderAddress('Your invite link', 'referralUrl')}
`;

const registerPage: BuiltInPage = {
  title: 'Create your account',
  body: (query, parts) => {
    const fields = [
      EMAIL_FIELD,
      renderUsername(query('username')),
      renderNewPassword('Password'),
      renderReferralCode(query('referral')),
    ];
    return html`
      ${renderState(
        'Create your account',
        html`<p class="lead" data-inviter dir="auto">One page for all your links.</p>
          ${renderForm('/api/register', 'Create account', fields)}
          <p class="next">Already have an account? <a href="/login">Sign in</a></p>`,
      )}
      ${renderNextState(
        html`Welcome, <bdi data-fill="username"></bdi>`,
        html`<p>
            We sent a link to <strong data-fill="email"></strong>. Open it to verify your email address.
          </p>
          <div class="actions">${renderInboxLink(parts)} ${RESEND_FORM}</div>
          ${ADDRESSES}
          <p class="next"><a href="/">Go to the home page</a></p>`,
      )}
    `;
  },
};

const renderIncomplete = (next: Html) =>
  html` <p class="message">This link is incomplete. Open it from the email again, or copy the whole link.</p>
    ${next}`;

const renderExpired = (advice: string, action: Html | '' = '') =>
  html`<p class="message">This link has expired or was already used.</p>
    <p>${advice}</p>
    <div class="actions">${action}<a href="/">Home page</a></div>`;

type VerifyEmailTexts = { title: string; request: string; question: string; declined: string };

/** Asks before it verifies, as a stranger may have entered the address; shows no name that a stranger chose. */
const createVerifyEmailPage = ({ title, request, question, declined }: VerifyEmailTexts): BuiltInPage => ({
  title,
  body: (query, _parts, link) => {
    const given = query('token');
    const next = html`<p class="next">
      Has the link expired? <a href="/login">Sign in to get a new one</a>
    </p>`;
    const origin = formatOrigin(link ?? {});
    const expired = renderExpired(
      'If your address is already verified, you can sign in. If not, sign in to get a new link.',
      renderLinkButton('/login', 'Sign in'),
    );
    const confirm = html`<p class="lead">${request}${origin}.</p>
      <p>${question}</p>
      ${renderForm('/api/verify-email', 'Yes, verify my address', [renderTokenInput(given)])}
      ${renderDeclineForm(given)} ${next}`;
    return html`
      ${renderState(title, link === null ? expired : given ? confirm : renderIncomplete(next))}
      ${renderNextState(
        html`Email address verified`,
        html`<p>
            Thank you, <bdi data-fill="username"></bdi>. You have verified
            <strong data-fill="email"></strong>.
          </p>
          <div class="actions">${renderLinkButton('/login', 'Sign in')}<a href="/">Home page</a></div>`,
      )}
      ${renderNextState(
        html`Already verified`,
        html`<p>This address is already verified. You can sign in.</p>
          <div class="actions">${renderLinkButton('/login', 'Sign in')}<a href="/">Home page</a></div>`,
        { problem: 'already_verified' },
      )}
      ${renderNextState(
        html`Thank you for telling us`,
        html`<p>${declined}</p>
          <div class="actions"><a href="/">Home page</a></div>`,
        { id: 'declined' },
      )}
    `;
  },
});

const forgotPasswordPage: BuiltInPage = {
  title: 'Forgot your password?',
  body: (_query, parts) => html`
    ${renderState(
      'Forgot your password?',
      html`<p class="lead">Enter your email address, and we'll send you a link to choose a new one.</p>
        ${renderForm('/api/forgot-password', 'Send link', [EMAIL_FIELD])}
        <p class="next">Remembered your password? <a href="/login">Sign in</a></p>`,
    )}
    ${renderNextState(
      html`Check your email`,
      html`<p>
          If there is an account with this email address, we have sent it a link. The link works for 60
          minutes.
        </p>
        <div class="actions">${renderInboxLink(parts)}<a href="/login">Back to sign in</a></div>`,
    )}
  `,
};

const resetPasswordPage: BuiltInPage = {
  title: 'Choose a new password',
  body: (query, _parts, link) => {
    const given = query('token');
    const next = html`<p class="next">Has the link expired? <a href="/forgot-password">Get a new one</a></p>`;
    const fields = [renderTokenInput(given), renderNewPassword('New password')];
    const expired = renderExpired(
      'You can have another link sent to you. It works for 60 minutes.',
      renderLinkButton('/forgot-password', 'Get a new link'),
    );
    const choose = html`${renderForm('/api/reset-password', 'Save password', fields)} ${next}`;
    return html`
      ${renderState('Choose a new password', link === null ? expired : given ? choose : renderIncomplete(next))}
      ${renderNextState(
        html`Password changed`,
        html`<p>You have been signed out on all devices. Sign in with your new password.</p>
          <div class="actions">${renderLinkButton('/login', 'Sign in')}</div>`,
      )}
    `;
  },
};

const loginLinkPage: BuiltInPage = {
  title: 'Sign in',
  body: (query, _parts, link) => {
    const given = query('token');
    const expired = renderExpired(
      'Ask for another link. It works for ten minutes.',
      renderLinkButton('/login', 'Sign in'),
    );
    const confirm = html`<p class="lead">You asked to sign in to your account.</p>
      ${renderForm('/api/login-link/verify', 'Sign in', [renderTokenInput(given)])}`;
    return html`
      ${renderState('Sign in', link === null ? expired : given ? confirm : renderIncomplete(html``))}
      ${renderNextState(
        html`Hello, <bdi data-fill="username"></bdi>`,
        html`<p>You are signed in as <strong data-fill="email"></strong>.</p>
          ${ADDRESSES}
          <div class="actions"><a href="/">Home page</a></div>`,
      )}
    `;
  },
};

const undoEmailChangePage: BuiltInPage = {
  title: 'Undo the change of your email address',
  body: (query, _parts, link) => {
    const given = query('token');
    const expired = renderExpired('A change can be undone for 72 hours, and only once.');
    const undo = html`<p class="lead">
        Your account gets its old email address back. You will be signed out everywhere, and we will send that
        address a link to choose a new password.
      </p>
      ${renderForm('/api/undo-email-change', 'Undo the change', [renderTokenInput(given)])}`;
    return html`
      ${renderState('Undo the change of your email address', link === null ? expired : given ? undo : renderIncomplete(html``))}
      ${renderNextState(
        html`Your old email address is back`,
        html`<p>
            You have been signed out on all devices. Open the email we just sent to choose a new password.
          </p>
          <div class="actions"><a href="/">Home page</a></div>`,
      )}
    `;
  },
};

const reportSignInPage: BuiltInPage = {
  title: "It wasn't me",
  body: (query, _parts, link) => {
    const given = query('token');
    const expired = renderExpired(
      'It works once, for seven days. If that sign-in was not yours and you have not chosen a new password since, do it now.',
      renderLinkButton('/forgot-password', 'Choose a new password'),
    );
    const report = html`<p class="lead">Someone signed in to your account on a new device.</p>
      <p>
        If it wasn't you, end their session here, and what was added to your account since. We will send you a
        link to choose a new password. If they used or changed the old one, it stops working at once.
      </p>
      ${renderForm('/api/report-sign-in', "It wasn't me, end the session", [renderTokenInput(given)])}
      <p class="next">Was it you? Then close this page.</p>`;
    return html`
      ${renderState("It wasn't me", link === null ? expired : given ? report : renderIncomplete(html``))}
      ${renderNextState(
        html`The session has ended`,
        html`<p>Open the email we just sent, and choose a new password. That ends all other sessions too.</p>
          <p>Then sign in and look at your ways to sign in, your API keys and your trusted devices.</p>
          <div class="actions"><a href="/">Home page</a></div>`,
      )}
    `;
  },
};

const unsubscribePage: BuiltInPage = {
  title: 'Stop these emails',
  body: (query, _parts, link) => {
    const given = query('token');
    const stop = html`<p class="lead">
        We will stop emailing you about the people who join through your referral links.
      </p>
      ${renderForm('/api/unsubscribe', 'Stop these emails', [renderTokenInput(given)])}`;
    return html`
      ${renderState('Stop these emails', given && link !== null ? stop : renderIncomplete(html``))}
      ${renderNextState(
        html`You will get no more of these emails`,
        html`<p>You will still get emails about the security of your account.</p>
          <div class="actions"><a href="/">Home page</a></div>`,
      )}
    `;
  },
};

/** Shows the workspace only after the API has checked who is signed in. */
const invitationPage: BuiltInPage = {
  title: 'Join a workspace',
  body: (query) => {
    const given = query('token');
    const next = html`<p class="next">
      Not signed in? <a href="/login">Sign in</a> with the email address that got the invitation, or
      <a href="/register">create an account</a> with it and verify it. Then open the link again.
    </p>`;
    const show = html`<p class="lead">Someone invited you to their workspace.</p>
      ${renderForm('/api/invitations/details', 'See the invitation', [renderTokenInput(given)])} ${next}`;
    if (given === '') return renderState('Join a workspace', renderIncomplete(html``));
    return html`
      ${renderState('Join a workspace', show)}
      ${renderNextState(
        html`Join <bdi data-fill="workspaceName"></bdi>`,
        html`<p>Your role will be <strong data-fill="role"></strong>.</p>
          ${renderForm('/api/invitations/accept', 'Accept the invitation', [renderTokenInput(given)])}`,
      )}
      ${renderNextState(
        html`Welcome to <bdi data-fill="name"></bdi>`,
        html`<p>You are now a member. Your role is <strong data-fill="role"></strong>.</p>
          <div class="actions"><a href="/">Home page</a></div>`,
      )}
    `;
  },
};

const loginPage: BuiltInPage = {
  title: 'Sign in',
  body: (_query, parts) => html`
    ${renderState(
      'Sign in',
      html`${renderForm('/api/login', 'Sign in', [
          renderField({
            name: 'identifier',
            label: 'Email or username',
            type: 'text',
            autocomplete: 'username',
          }),
          renderField({
            name: 'password',
            label: 'Password',
            type: 'password',
            autocomplete: 'current-password',
          }),
        ])}
        <p class="next">
          <a href="/forgot-password">Forgot your password?</a><br />
          New here? <a href="/register">Create an account</a>
        </p>`,
    )}
    ${renderNextState(
      html`Hello, <bdi data-fill="username"></bdi>`,
      html`<p>You are signed in as <strong data-fill="email"></strong>.</p>
        <div data-unverified>
          <p>Your email address is not verified yet. Open the link in the email that we sent you.</p>
          <div class="actions">${renderInboxLink(parts)} ${RESEND_FORM}</div>
        </div>
        ${ADDRESSES}
        <div class="actions">
          <a href="/">Home page</a>
          ${renderSmallForm('/api/logout', 'Log out')}
        </div>`,
      { id: 'signed-in' },
    )}
    ${renderNextState(html`You are signed out`, html`<div class="actions">${renderLinkButton('/login', 'Sign in again')}</div>`)}
    ${renderNextState(
      html`Enter a code`,
      html`<p class="lead">Your authenticator app shows it.</p>
        ${renderForm(
          '/api/login/mfa',
          'Sign in',
          [
            renderField({
              name: 'code',
              label: 'Code',
              type: 'text',
              autocomplete: 'one-time-code',
              optional: true,
            }),
            renderField({
              name: 'recoveryCode',
              label: 'Recovery code instead',
              type: 'text',
              autocomplete: 'off',
              optional: true,
            }),
            html`<input type="hidden" name="mfaToken" />`,
          ],
          'signed-in',
        )}`,
      { problem: 'MFA_REQUIRED' },
    )}
  `,
};

const renderTile = (path: string, label: string, text: string) =>
  html`<li>
    <a href="${path}"><strong>${label}</strong><span>${text}</span></a>
  </li>`;

const homePage: BuiltInPage = {
  title: 'Welcome',
  body: (_query, { docs, mail }) =>
    renderState(
      'Linkgrove is running',
      html`<p class="lead">
          The open-source backend for link-in-bio pages, with a referral engine whose numbers can be trusted.
        </p>
        <ul class="tiles">
          ${renderTile('/register', 'Create an account', 'Get a page and a referral link of your own.')}
          ${renderTile('/login', 'Sign in', 'With your email address or username.')}
          ${docs ? renderTile('/docs', 'API reference', 'Every endpoint, ready to try.') : ''}
          ${mail ? renderTile('/dev/mail', 'Mail', 'Emails kept on this machine instead of being sent.') : ''}
        </ul>`,
    ),
};

export const builtInPagesByPath: Record<string, BuiltInPage> = {
  '/': homePage,
  '/register': registerPage,
  '/verify-email': createVerifyEmailPage({
    title: 'Verify your email address',
    request: 'An account was created with this email address',
    question: 'Did you create this account?',
    declined: 'The account has been deleted, and its sessions are ended.',
  }),
  '/confirm-email': createVerifyEmailPage({
    title: 'Verify your new email address',
    request: 'Someone asked to use this email address for their account',
    question: 'Was it you?',
    declined: 'The change has been cancelled.',
  }),
  '/forgot-password': forgotPasswordPage,
  '/reset-password': resetPasswordPage,
  '/undo-email-change': undoEmailChangePage,
  '/report-sign-in': reportSignInPage,
  '/login-link': loginLinkPage,
  '/unsubscribe': unsubscribePage,
  '/invitation': invitationPage,
  '/login': loginPage,
};
