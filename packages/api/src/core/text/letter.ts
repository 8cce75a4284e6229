import { escapeHtml } from './html.ts';

export type RenderedLetter = { subject: string; text: string; html: string };

/** `small` comes last, in small print. */
export type Letter = {
  subject: string;
  lines: string[];
  action?: { label: string; url: string };
  small: string;
};

function renderText({ lines, action, small }: Letter): string {
  const link = action ? [`${action.label}:\n${action.url}`] : [];
  return `${[...lines, ...link, small].join('\n\n')}\n`;
}

function renderAction(action: Letter['action']): string {
  if (!action) return '';
  const url = escapeHtml(action.url);
  return `
<p style="margin:24px 0"><a href="${url}" style="display:inline-block;padding:12px 20px;border-radius:8px;background:#1f6f4a;color:#fff;text-decoration:none;font-weight:600">${escapeHtml(action.label)}</a></p>
<p style="margin:0 0 16px;font-size:14px;color:#55605a">Or copy this link: <a href="${url}" style="color:#1f6f4a;word-break:break-all">${url}</a></p>`;
}

function renderHtml({ subject, lines, action, small }: Letter): string {
  const paragraphs = lines.map((text) => `<p style="margin:0 0 16px">${escapeHtml(text)}</p>`);
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(subject)}</title></head>
<body style="margin:0;padding:24px;background:#f4f5f2;color:#1c2420;font:16px/1.5 system-ui,sans-serif">
<div style="max-width:32rem;margin:0 auto;padding:32px;background:#fff;border-radius:12px">
${paragraphs.join('\n')}${renderAction(action)}
<p style="margin:0;font-size:14px;color:#55605a">${escapeHtml(small)}</p>
</div>
</body>
</html>
`;
}

/** The same content as plain text and as HTML. */
export const renderLetter = (letter: Letter): RenderedLetter => ({
  subject: letter.subject,
  text: renderText(letter),
  html: renderHtml(letter),
});
