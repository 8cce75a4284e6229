import { html } from '../html.ts';
import { ADDRESSES } from './addresses.ts';
import { renderField, renderActionForm, renderSmallForm, renderTokenInput, RESEND_FORM } from './form.ts';
import {
  type BuiltInPage,
  renderExpired,
  renderInboxLink,
  renderIncomplete,
  renderLinkButton,
  renderNextState,
  renderState,
} from './page.ts';

export const loginPage: BuiltInPage = {
  title: 'Sign in',
  body: (_query, parts) => html`
    ${renderState(
      'Sign in',
      html`${renderActionForm('/api/login', 'Sign in', [
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
        ${renderActionForm(
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

export const loginLinkPage: BuiltInPage = {
  title: 'Sign in',
  body: (query, _parts, link) => {
    const given = query('token');
    const expired = renderExpired(
      'Ask for another link. It works for ten minutes.',
      renderLinkButton('/login', 'Sign in'),
    );
    const confirm = html`<p class="lead">You asked to sign in to your account.</p>
      ${renderActionForm('/api/login-link/verify', 'Sign in', [renderTokenInput(given)])}`;
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

export const reportSignInPage: BuiltInPage = {
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
      ${renderActionForm('/api/report-sign-in', "It wasn't me, end the session", [renderTokenInput(given)])}
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
