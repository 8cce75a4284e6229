import { type Html, html } from '../html.ts';

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

export const ADDRESSES = html`
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
