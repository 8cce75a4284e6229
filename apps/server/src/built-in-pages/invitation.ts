import { html } from '../html.ts';
import { renderActionForm, renderTokenInput } from './form.ts';
import { type BuiltInPage, renderIncomplete, renderNextState, renderState } from './page.ts';

/** Shows the workspace only after the API has checked who is signed in. */
export const invitationPage: BuiltInPage = {
  title: 'Join a workspace',
  body: (query) => {
    const given = query('token');
    const next = html`<p class="next">
      Not signed in? <a href="/login">Sign in</a> with the email address that got the invitation, or
      <a href="/register">create an account</a> with it and verify it. Then open the link again.
    </p>`;
    const show = html`<p class="lead">Someone invited you to their workspace.</p>
      ${renderActionForm('/api/invitations/details', 'See the invitation', [renderTokenInput(given)])} ${next}`;
    if (given === '') return renderState('Join a workspace', renderIncomplete(html``));
    return html`
      ${renderState('Join a workspace', show)}
      ${renderNextState(
        html`Join <bdi data-fill="workspaceName"></bdi>`,
        html`<p>Your role will be <strong data-fill="role"></strong>.</p>
          ${renderActionForm('/api/invitations/accept', 'Accept the invitation', [renderTokenInput(given)])}`,
      )}
      ${renderNextState(
        html`Welcome to <bdi data-fill="name"></bdi>`,
        html`<p>You are now a member. Your role is <strong data-fill="role"></strong>.</p>
          <div class="actions"><a href="/">Home page</a></div>`,
      )}
    `;
  },
};
