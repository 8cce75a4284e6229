import { findLocale, type Locale, type PublicPage, REPORT_REASONS, type ReportReason } from '@linkgrove/api';
import { html as markup } from '../html.ts';
import { renderNotice } from './notice.ts';
import type { RenderedDocument } from './page.ts';

const STYLE = `form{display:grid;gap:1.25rem;margin-top:1.5rem;text-align:start}
fieldset{margin:0;padding:0;border:0}
legend,.field{font-weight:600}
label{display:flex;gap:.75rem;align-items:center;min-height:2.75rem}
label input{width:1.25rem;height:1.25rem;margin:0;flex:none}
.field{display:block}
.field input,.field textarea{display:block;width:100%;height:auto;min-height:2.75rem;margin-top:.25rem;padding:.5rem .75rem;border:1px solid var(--muted);border-radius:.75rem;background:var(--ground);color:var(--text);font:inherit}
.field textarea{min-height:6rem}
.wrong{font-weight:600}
button{cursor:pointer;font:inherit;font-weight:600}
.more{position:absolute;inset-inline-start:-200vw}
`;

const LABELS: Record<ReportReason, keyof Locale['messages']> = {
  spam: 'reasonSpam',
  fraud: 'reasonFraud',
  malware: 'reasonMalware',
  impersonation: 'reasonImpersonation',
  hate: 'reasonHate',
  sexual: 'reasonSexual',
  minors: 'reasonMinors',
  copyright: 'reasonCopyright',
  other: 'reasonOther',
};

export type ReportEntries = { reason: string; details: string; email: string };

const renderBackButton = (page: PublicPage, { messages }: Locale) =>
  markup`<p class="actions"><a class="button" href="${page.url}">${messages.backToPage}</a></p>`;

/** `entries` are what was sent and is not right. */
export function renderReportForm(page: PublicPage, entries?: ReportEntries): RenderedDocument {
  const locale = findLocale(page.language);
  const { messages } = locale;
  const reasons = REPORT_REASONS.map(
    (reason) =>
      markup`<label><input type="radio" name="reason" value="${reason}" required${entries?.reason === reason ? markup` checked` : ''}>${messages[LABELS[reason]]}</label>`,
  );
  const wrong = entries ? markup`<p class="wrong" role="alert">${messages.formInvalid}</p>` : '';
  const trap = markup`<div class="more" aria-hidden="true"><label>Website<input type="text" name="website" tabindex="-1" autocomplete="off"></label></div>`;
  const form = markup`<form method="post" accept-charset="utf-8">${wrong}<fieldset><legend>${messages.reportReason}</legend>${reasons}</fieldset><label class="field">${messages.reportDetails}<textarea name="details" maxlength="2000">${entries?.details ?? ''}</textarea></label><label class="field">${messages.reportEmail}<input type="email" name="email" autocomplete="email" maxlength="254" value="${entries?.email ?? ''}"></label>${trap}<button class="button" type="submit">${messages.reportSend}</button></form>`;
  return renderNotice(locale.tag, {
    symbol: '!',
    title: messages.reportTitle,
    text: markup`<bdi>@${page.handle}</bdi>`,
    body: markup`${form}${renderBackButton(page, locale)}`,
    styles: [STYLE],
    sources: { images: [], frames: [], hasForm: true },
  });
}

export function renderReportSent(page: PublicPage): RenderedDocument {
  const locale = findLocale(page.language);
  const { messages } = locale;
  return renderNotice(locale.tag, {
    symbol: '✓',
    title: messages.reportTitle,
    text: messages.reportSent,
    body: renderBackButton(page, locale),
  });
}

export function renderReportLimit(page: PublicPage): RenderedDocument {
  const locale = findLocale(page.language);
  const { messages } = locale;
  return renderNotice(locale.tag, {
    symbol: '⏳',
    title: messages.tooManyRequestsTitle,
    text: messages.tooManyRequestsText,
    body: renderBackButton(page, locale),
  });
}
