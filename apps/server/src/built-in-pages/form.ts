import { type Html, html } from '../html.ts';

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

export const renderField = (options: Field) => {
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
export const renderActionForm = (action: string, button: string, fields: Html[], next = '') => html`
  <noscript>
    <p class="message">This form needs JavaScript. Turn it on and reload the page.</p>
  </noscript>
  <form action="${action}" method="post" data-next="${next}">
    ${MESSAGE} ${fields}
    <button disabled>${button}</button>
  </form>
`;

export const renderSmallForm = (action: string, button: string, done = '') =>
  html` <form action="${action}" method="post" data-done="${done}">
    ${MESSAGE}
    <button class="quiet" disabled>${button}</button>
  </form>`;

export const renderTokenInput = (value: string) =>
  html`<input type="hidden" name="token" value="${value}" />`;

export const renderDeclineForm = (token: string) =>
  html` <form action="/api/verify-email/decline" method="post" data-next="declined">
    ${MESSAGE} ${renderTokenInput(token)}
    <button class="quiet" disabled>This wasn't me</button>
  </form>`;

export const RESEND_FORM = renderSmallForm(
  '/api/resend-verification',
  'Resend email',
  'Another email is on its way.',
);
