import { createHash } from 'node:crypto';
import { getDirection } from '@linkgrove/api';
import { Html, html as markup } from '../html.ts';

export type Sources = {
  images: string[];
  frames: string[];
  media?: string[];
  fonts?: string[];
  ancestors?: string;
  hasForm?: boolean;
};

const hashSha256 = (text: string): string => createHash('sha256').update(text).digest('base64');

export function buildContentPolicy(
  style: string,
  { images, frames, media = [], fonts = [], ancestors = "'none'", hasForm = false }: Sources,
): string {
  const rules = [
    "default-src 'none'",
    `style-src 'sha256-${hashSha256(style)}'`,
    `img-src ${['data:', ...images].join(' ')}`,
    ...(fonts.length > 0 ? [`font-src ${fonts.join(' ')}`] : []),
    ...(frames.length > 0 ? [`frame-src ${frames.join(' ')}`] : []),
    ...(media.length > 0 ? [`media-src ${media.join(' ')}`] : []),
    "base-uri 'none'",
    `form-action ${hasForm ? "'self'" : "'none'"}`,
    `frame-ancestors ${ancestors}`,
  ];
  return rules.join('; ');
}

export type Shell = {
  language: string;
  title: string;
  head: Html[];
  style: string;
  body: Html;
};

export const renderShell = ({ language, title, head, style, body }: Shell): string =>
  markup`<!doctype html><html lang="${language}" dir="${getDirection(language)}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${title}</title>${head}<style>${new Html(style)}</style></head><body>${body}</body></html>`
    .text;
