import { createHash } from 'node:crypto';
import { Html, html as markup } from '../html.ts';

/** What a page may load beside itself. */
export type Sources = { images: string[]; frames: string[]; ancestors?: string };

const hash = (text: string): string => createHash('sha256').update(text).digest('base64');

/**
 * What the browser is told it may load: the one style, by its hash, and the pictures and players that are on
 * this very page. There is no script, so none can be run.
 */
export function buildContentPolicy(style: string, { images, frames, ancestors = "'none'" }: Sources): string {
  const rules = [
    "default-src 'none'",
    `style-src 'sha256-${hash(style)}'`,
    `img-src ${['data:', ...images].join(' ')}`,
    ...(frames.length > 0 ? [`frame-src ${frames.join(' ')}`] : []),
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${ancestors}`,
  ];
  return rules.join('; ');
}

/** What a page is in all: the head beyond the usual, the style, and the body. */
export type Shell = { title: string; head: Html[]; style: string; body: Html };

/** A whole document. Nothing of it is loaded from elsewhere but pictures and players. */
export const renderShell = ({ title, head, style, body }: Shell): string =>
  markup`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${title}</title>${head}<style>${new Html(style)}</style></head><body>${body}</body></html>`
    .text;
