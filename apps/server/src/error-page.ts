import type { Problem } from '@linkgrove/api';
import { html, renderHtmlPage } from './html.ts';

const TITLES: Partial<Record<number, string>> = {
  404: 'Page not found',
  429: 'Too many requests',
  500: 'Something went wrong',
  503: 'Try again shortly',
};

export function renderErrorPage({ status, title, detail, requestId }: Problem, homeUrl: string): string {
  const heading = TITLES[status] ?? title;
  const text = detail === heading ? 'Check the address and try again.' : detail;
  return renderHtmlPage({
    title: heading,
    home: homeUrl,
    body: html`<section class="card">
      <h1>${heading}</h1>
      <p class="lead">${text}</p>
      <div class="actions"><a class="button" href="${homeUrl}">Home page</a></div>
      <p class="next"><small>Request ${requestId}</small></p>
    </section>`,
  });
}
