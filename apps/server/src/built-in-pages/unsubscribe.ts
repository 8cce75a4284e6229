import { html } from '../html.ts';
import { renderActionForm, renderTokenInput } from './form.ts';
import { type BuiltInPage, renderIncomplete, renderNextState, renderState } from './page.ts';

export const unsubscribePage: BuiltInPage = {
  title: 'Stop these emails',
  body: (query, _parts, link) => {
    const given = query('token');
    const stop = html`<p class="lead">
        We will stop emailing you about the people who join through your referral links.
      </p>
      ${renderActionForm('/api/unsubscribe', 'Stop these emails', [renderTokenInput(given)])}`;
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
