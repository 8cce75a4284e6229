import type { Origin } from '@linkgrove/api';
import { type Html, html } from '../html.ts';

export type OptionalParts = { docs: boolean; mail: boolean };
type Query = (name: string) => string;
export type BuiltInPage = {
  title: string;
  /** `link` is null if the token is not valid, and undefined if it was not looked up. */
  body: (query: Query, parts: OptionalParts, link?: Origin | null) => Html;
};

export const renderState = (heading: string, body: Html) =>
  html` <section class="card">
    <h1>${heading}</h1>
    ${body}
  </section>`;
export const renderNextState = (heading: Html, body: Html, { id = '', problem = '' } = {}) =>
  html` <section class="card" ${id === '' ? '' : html`id="${id}"`} data-problem="${problem}" hidden>
    <h1 tabindex="-1">${heading}</h1>
    ${body}
  </section>`;

export const renderLinkButton = (path: string, label: string) =>
  html`<a class="button" href="${path}">${label}</a>`;
export const renderInboxLink = ({ mail }: OptionalParts) =>
  mail ? renderLinkButton('/dev/mail', 'Open mail') : '';

export const renderIncomplete = (next: Html) =>
  html` <p class="message">This link is incomplete. Open it from the email again, or copy the whole link.</p>
    ${next}`;

export const renderExpired = (advice: string, action: Html | '' = '') =>
  html`<p class="message">This link has expired or was already used.</p>
    <p>${advice}</p>
    <div class="actions">${action}<a href="/">Home page</a></div>`;
