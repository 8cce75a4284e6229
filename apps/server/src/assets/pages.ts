import { type Html, html } from '../html.ts';

/** Which other pages of the server exist. */
export type Neighbours = { docs: boolean; mail: boolean };
/** Returns the first value of a query parameter; empty without one. */
export type Query = (name: string) => string;
export type BuiltInPage = {
  title: string;
  body: (query: Query, neighbours: Neighbours) => Html;
  wide?: boolean;
};

type Field = {
  name: string;
  label: string;
  type: 'text' | 'email' | 'password';
  autocomplete: string;
  hint?: string;
  value?: string;
  optional?: boolean;
};

const input = ({ name, type, autocomplete, hint, value = '', optional = false }: Field) =>
  html` <input
    id="${name}"
    name="${name}"
    type="${type}"
    autocomplete="${autocomplete}"
    autocapitalize="none"
    spellcheck="false"
    value="${value}"
    aria-describedby="${hint ? `${name}-hint ` : ''}${name}-error"
    ${optional ? '' : 'required'}
  />`;

const revealed = (field: Field) =>
  html` <div class="password">
    ${input(field)}
    <button class="quiet" type="button" aria-controls="${field.name}" aria-label="Show password" disabled>
      Show
    </button>
  </div>`;

const field = (options: Field) => {
  const { name, label, hint, type, optional } = options;
  const note = optional ? html`<small>(optional)</small>` : '';
  return html`
    <div class="field">
      <label for="${name}">${label} ${note}</label>
      ${type === 'password' ? revealed(options) : input(options)}
      ${hint ? html`<p class="hint" id="${name}-hint">${hint}</p>` : ''}
      <p class="error" id="${name}-error"></p>
    </div>
  `;
};

const message = html`<p class="message" role="alert" tabindex="-1"></p>`;

// The script enables the buttons. Without it, browsers would send the form not as JSON but possibly in the URL.
const form = (action: string, button: string, fields: Html[]) => html`
  <noscript>
    <p class="message">This form needs JavaScript. Please switch it on and load the page again.</p>
  </noscript>
  <form action="${action}" method="post">
    ${message} ${fields}
    <button disabled>${button}</button>
  </form>
`;

const smallForm = (action: string, button: string, done = '') =>
  html` <form action="${action}" method="post" data-done="${done}">
    ${message}
    <button class="quiet" disabled>${button}</button>
  </form>`;

const resend = smallForm('/api/resend-verification', 'Send the mail again', 'Another mail is on its way.');
const token = (value: string) => html`<input type="hidden" name="token" value="${value}" />`;

const email = field({ name: 'email', label: 'Email', type: 'email', autocomplete: 'email' });
const username = field({
  name: 'username',
  label: 'Username',
  type: 'text',
  autocomplete: 'username',
  hint: 'It becomes the address of your page. Use 3–30 letters or digits; single . _ - allowed inside.',
});
const newPassword = (label: string) =>
  field({
    name: 'password',
    label,
    type: 'password',
    autocomplete: 'new-password',
    hint: 'At least 8 characters. Three or four unusual words make a good one.',
  });
const referralCode = (value: string) =>
  field({
    name: 'referralCode',
    label: 'Referral code',
    type: 'text',
    autocomplete: 'off',
    value,
    optional: true,
  });

const state = (heading: string, body: Html) =>
  html` <section class="card">
    <h1>${heading}</h1>
    ${body}
  </section>`;
const laterState = (heading: Html, body: Html) =>
  html` <section class="card" hidden>
    <h1 tabindex="-1">${heading}</h1>
    ${body}
  </section>`;

const button = (path: string, label: string) => html`<a class="button" href="${path}">${label}</a>`;
const inbox = ({ mail }: Neighbours) => (mail ? button('/dev/mail', 'Open the mail') : '');

const register: BuiltInPage = {
  title: 'Create your account',
  body: (query, neighbours) => {
    const fields = [email, username, newPassword('Password'), referralCode(query('referral'))];
    return html`
      ${state(
        'Create your account',
        html`<p class="lead">One page for all of your links.</p>
          ${form('/api/register', 'Create account', fields)}
          <p class="next">Already have an account? <a href="/login">Sign in</a></p>`,
      )}
      ${laterState(
        html`Welcome, <span data-fill="username"></span>`,
        html`<p>
            Check your mail: we sent a link to <strong data-fill="email"></strong>. Open it to verify your
            address.
          </p>
          <div class="actions">${inbox(neighbours)} ${resend}</div>
          <p class="next">You are signed in. <a href="/">Go to the start page</a></p>`,
      )}
    `;
  },
};

const incomplete = (next: Html) =>
  html` <p class="message">This link is incomplete. Open it again from the mail, or copy all of it.</p>
    ${next}`;

/** For the first address of an account and for a changed one. */
const verifyEmail = (title: string): BuiltInPage => ({
  title,
  body: (query) => {
    const given = query('token');
    const next = html`<p class="next">Has it expired? <a href="/login">Sign in to get a new link</a></p>`;
    const confirm = html`<p class="lead">One click confirms that this address is yours.</p>
      ${form('/api/verify-email', 'Verify my email address', [token(given)])} ${next}`;
    return html`
      ${state(title, given ? confirm : incomplete(next))}
      ${laterState(
        html`Your address is verified`,
        html`<p>
            Thank you, <span data-fill="username"></span>. <strong data-fill="email"></strong> is yours.
          </p>
          <div class="actions">${button('/login', 'Sign in')}<a href="/">Start page</a></div>`,
      )}
    `;
  },
});

const forgotPassword: BuiltInPage = {
  title: 'Forgot your password?',
  body: (_query, neighbours) => html`
    ${state(
      'Forgot your password?',
      html`<p class="lead">We mail you a link to choose a new one.</p>
        ${form('/api/forgot-password', 'Send the link', [email])}
        <p class="next">Remember it now? <a href="/login">Sign in</a></p>`,
    )}
    ${laterState(
      html`Check your mail`,
      html`<p>
          If an account has this address, a link to choose a new password is on its way. It works for 60
          minutes.
        </p>
        <div class="actions">${inbox(neighbours)}<a href="/login">Back to sign in</a></div>`,
    )}
  `,
};

const resetPassword: BuiltInPage = {
  title: 'Choose a new password',
  body: (query) => {
    const given = query('token');
    const next = html`<p class="next">Has it expired? <a href="/forgot-password">Ask for a new link</a></p>`;
    const fields = [token(given), newPassword('New password')];
    const choose = html`${form('/api/reset-password', 'Save the password', fields)} ${next}`;
    return html`
      ${state('Choose a new password', given ? choose : incomplete(next))}
      ${laterState(
        html`Your password is changed`,
        html`<p>You were signed out everywhere. Sign in with the new password.</p>
          <div class="actions">${button('/login', 'Sign in')}</div>`,
      )}
    `;
  },
};

const unsubscribe: BuiltInPage = {
  title: 'Stop these mails',
  body: (query) => {
    const given = query('token');
    const stop = html`<p class="lead">
        We will no longer write to you about the people who join through you.
      </p>
      ${form('/api/unsubscribe', 'Stop these mails', [token(given)])}`;
    return html`
      ${state('Stop these mails', given ? stop : incomplete(html``))}
      ${laterState(
        html`No more of these mails`,
        html`<p>You will still get mails about the security of your account.</p>
          <div class="actions"><a href="/">Start page</a></div>`,
      )}
    `;
  },
};

const login: BuiltInPage = {
  title: 'Sign in',
  body: (_query, neighbours) => html`
    ${state(
      'Sign in',
      html`${form('/api/login', 'Sign in', [
          field({ name: 'identifier', label: 'Email or username', type: 'text', autocomplete: 'username' }),
          field({ name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password' }),
        ])}
        <p class="next">
          <a href="/forgot-password">Forgot your password?</a><br />
          New here? <a href="/register">Create an account</a>
        </p>`,
    )}
    ${laterState(
      html`Hello, <span data-fill="username"></span>`,
      html`<p>
          You are signed in as <strong data-fill="email"></strong>. This link brings others here for you:
        </p>
        <p><code data-fill="referralUrl"></code></p>
        <div data-unverified>
          <p>Your address is not verified yet. Open the link that we mailed you.</p>
          <div class="actions">${inbox(neighbours)} ${resend}</div>
        </div>
        <div class="actions">
          <a href="/">Start page</a>
          ${smallForm('/api/logout', 'Log out')}
        </div>`,
    )}
    ${laterState(html`You are signed out`, html`<div class="actions">${button('/login', 'Sign in again')}</div>`)}
  `,
};

const tile = (path: string, label: string, text: string) =>
  html`<li>
    <a href="${path}"><strong>${label}</strong><span>${text}</span></a>
  </li>`;

const landing: BuiltInPage = {
  title: 'Welcome',
  wide: true,
  body: (_query, { docs, mail }) =>
    state(
      'Linkgrove is running',
      html`<p class="lead">
          The open-source backend for link-in-bio pages, with a referral engine whose numbers can be trusted.
        </p>
        <ul class="tiles">
          ${tile('/register', 'Create an account', 'Start with a page and a referral link of your own.')}
          ${tile('/login', 'Sign in', 'With your email address or username.')}
          ${docs ? tile('/docs', 'API reference', 'Every endpoint, ready to try.') : ''}
          ${mail ? tile('/dev/mail', 'Mail', 'The mail that would have been sent, stored on this machine.') : ''}
        </ul>`,
    ),
};

/** The built-in pages by path. Loading one changes nothing; their forms call the API. */
export const builtInPagesByPath: Record<string, BuiltInPage> = {
  '/': landing,
  '/register': register,
  '/verify-email': verifyEmail('Verify your email address'),
  '/confirm-email': verifyEmail('Verify your new email address'),
  '/forgot-password': forgotPassword,
  '/reset-password': resetPassword,
  '/unsubscribe': unsubscribe,
  '/login': login,
};
