import { formatOrigin } from '@linkgrove/api';
import { html } from '../html.ts';
import { renderDeclineForm, renderActionForm, renderTokenInput } from './form.ts';
import {
  type BuiltInPage,
  renderExpired,
  renderIncomplete,
  renderLinkButton,
  renderNextState,
  renderState,
} from './page.ts';

type VerifyEmailTexts = { title: string; request: string; question: string; declined: string };

/** Asks before it verifies, as a stranger may have entered the address; shows no name that a stranger chose. */
export const createVerifyEmailPage = ({
  title,
  request,
  question,
  declined,
}: VerifyEmailTexts): BuiltInPage => ({
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
      ${renderActionForm('/api/verify-email', 'Yes, verify my address', [renderTokenInput(given)])}
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

export const undoEmailChangePage: BuiltInPage = {
  title: 'Undo the change of your email address',
  body: (query, _parts, link) => {
    const given = query('token');
    const expired = renderExpired('A change can be undone for 72 hours, and only once.');
    const undo = html`<p class="lead">
        Your account gets its old email address back. You will be signed out everywhere, and we will send that
        address a link to choose a new password.
      </p>
      ${renderActionForm('/api/undo-email-change', 'Undo the change', [renderTokenInput(given)])}`;
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
