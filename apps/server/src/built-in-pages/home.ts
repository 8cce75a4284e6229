import { html } from '../html.ts';
import { type BuiltInPage, renderState } from './page.ts';

const renderTile = (path: string, label: string, text: string) =>
  html`<li>
    <a href="${path}"><strong>${label}</strong><span>${text}</span></a>
  </li>`;

export const homePage: BuiltInPage = {
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
