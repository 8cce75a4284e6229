import { html } from '../html.ts';
import { ADDRESSES } from './addresses.ts';
import { EMAIL_FIELD, renderNewPassword, renderReferralCode, renderUsername } from './fields.ts';
import { renderActionForm, RESEND_FORM } from './form.ts';
import { type BuiltInPage, renderInboxLink, renderNextState, renderState } from './page.ts';

export const registerPage: BuiltInPage = {
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
          ${renderActionForm('/api/register', 'Create account', fields)}
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
