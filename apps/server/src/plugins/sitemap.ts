import { type App, AppError, isUuid, listSitemapPages, listSitemapParts } from '@linkgrove/api';
import type { FastifyPluginAsync } from 'fastify';
import { html as markup, Html } from '../html.ts';

const NAMESPACE = 'http://www.sitemaps.org/schemas/sitemap/0.9';
const KEPT_MS = 10 * 60_000;
const XML_HEADERS = {
  'content-type': 'application/xml; charset=utf-8',
  'cache-control': 'public, max-age=3600',
};

const document = (root: string, items: Html[]): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="${NAMESPACE}">\n${items.join('\n')}\n</${root}>\n`;

/** Looks the parts up at most once in ten minutes: with millions of pages that takes a while. */
function createPartsReader(app: App): () => Promise<string[]> {
  let parts: Promise<string[]> | undefined;
  let readAt = 0;
  return () => {
    if (!parts || Date.now() - readAt > KEPT_MS) {
      readAt = Date.now();
      parts = listSitemapParts(app);
      parts.catch(() => (parts = undefined));
    }
    return parts;
  };
}

/** `/sitemap.xml` of all published pages that want to be found, in parts where they are many, and `/robots.txt`. */
export const sitemapPlugin: FastifyPluginAsync<{ app: App }> = async (server, { app }) => {
  const { publicUrl } = app.config;
  const listParts = createPartsReader(app);

  const part = async (after?: string): Promise<string> => {
    const pages = await listSitemapPages(app, after);
    return document(
      'urlset',
      pages.map(
        ({ handle, updatedAt }) =>
          markup`<url><loc>${publicUrl}/@${handle}</loc><lastmod>${updatedAt.toISOString()}</lastmod></url>`,
      ),
    );
  };

  server.get<{ Querystring: { after?: string } }>('/sitemap.xml', async (request, reply) => {
    const { after } = request.query;
    reply.headers(XML_HEADERS);
    if (after !== undefined) {
      if (after !== '' && !isUuid(after)) throw new AppError('NOT_FOUND', 'There is no such part');
      return part(after === '' ? undefined : after);
    }
    const parts = await listParts();
    if (parts.length === 0) return part();
    const locations = ['', ...parts].map(
      (id) => markup`<sitemap><loc>${publicUrl}/sitemap.xml?after=${id}</loc></sitemap>`,
    );
    return document('sitemapindex', locations);
  });

  const robots = `User-agent: *\nDisallow: /api/\nDisallow: /trpc/\nDisallow: /go/\n\nSitemap: ${publicUrl}/sitemap.xml\n`;
  server.get('/robots.txt', (_request, reply) =>
    reply.type('text/plain; charset=utf-8').header('cache-control', 'public, max-age=3600').send(robots),
  );
};
