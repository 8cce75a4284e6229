import type { Problem } from '@linkgrove/api';
import { type Html, html, renderHtmlPage } from './html.ts';

const TITLES: Partial<Record<number, string>> = {
  404: 'Page not found',
  429: 'Too many requests',
  500: 'Something went wrong',
  503: 'Try again shortly',
};

type ErrorPage = { heading: string; text: string; action?: Html | ''; homeUrl: string; requestId: string };

const renderPage = ({ heading, text, action = '', homeUrl, requestId }: ErrorPage): string =>
  renderHtmlPage({
    title: heading,
    home: homeUrl,
    body: html`<section class="card">
      <h1>${heading}</h1>
      <p class="lead">${text}</p>
      <div class="actions">${action}<a class="${action ? '' : 'button'}" href="${homeUrl}">Home page</a></div>
      <p class="next"><small>Request ${requestId}</small></p>
    </section>`,
  });

export type RenderErrorPage = (problem: Problem, homeUrl: string) => string;

/** For a referral link that is unknown or no longer used. */
export const renderErrorPage: RenderErrorPage = ({ status, title, detail, requestId }, homeUrl) => {
  const heading = TITLES[status] ?? title;
  const text = detail === heading ? 'Check the address and try again.' : detail;
  return renderPage({ heading, text, homeUrl, requestId });
};
