import { html } from '../html.ts';
import { EMAIL_FIELD, renderNewPassword } from './fields.ts';
import { renderActionForm, renderTokenInput } from './form.ts';
import {
  type BuiltInPage,
  renderExpired,
  renderInboxLink,
  renderIncomplete,
  renderLinkButton,
  renderNextState,
  renderState,
} from './page.ts';

export const forgotPasswordPage: BuiltInPage = {
  title: 'Forgot your password?',
  body: (_query, parts) => html`
    ${renderState(
      'Forgot your password?',
      html`<p class="lead">Enter your email address, and we'll send you a link to choose a new one.</p>
        ${renderActionForm('/api/forgot-password', 'Send link', [EMAIL_FIELD])}
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

export const resetPasswordPage: BuiltInPage = {
  title: 'Choose a new password',
  body: (query, _parts, link) => {
    const given = query('token');
    const next = html`<p class="next">Has the link expired? <a href="/forgot-password">Get a new one</a></p>`;
    const fields = [renderTokenInput(given), renderNewPassword('New password')];
    const expired = renderExpired(
      'You can have another link sent to you. It works for 60 minutes.',
      renderLinkButton('/forgot-password', 'Get a new link'),
    );
    const choose = html`${renderActionForm('/api/reset-password', 'Save password', fields)} ${next}`;
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
