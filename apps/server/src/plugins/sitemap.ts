import { type App, AppError, isUuid, listSitemapPages, listSitemapParts } from '@linkgrove/api';
import type { FastifyPluginAsync } from 'fastify';
import { html as markup, Html } from '../html.ts';

const NAMESPACE = 'http://www.sitemaps.org/schemas/sitemap/0.9';
const PARTS_CACHE_MS = 10 * 60_000;
const XML_HEADERS = {
  'content-type': 'application/xml; charset=utf-8',
  'cache-control': 'public, max-age=3600',
};

const renderDocument = (root: string, items: Html[]): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="${NAMESPACE}">\n${items.join('\n')}\n</${root}>\n`;

/** At most once in ten minutes, because counting millions of pages is slow. */
function createPartsReader(app: App): () => Promise<string[]> {
  let parts: Promise<string[]> | undefined;
  let readAt = 0;
  return () => {
    if (!parts || Date.now() - readAt > PARTS_CACHE_MS) {
      readAt = Date.now();
      parts = listSitemapParts(app);
      parts.catch(() => (parts = undefined));
    }
    return parts;
  };
}

export const sitemapPlugin: FastifyPluginAsync<{ app: App }> = async (server, { app }) => {
  const { publicUrl } = app.config;
  const listParts = createPartsReader(app);

  const renderEntry = ({ handle, updatedAt }: { handle: string; updatedAt: Date }): Html[] => {
    try {
      return [
        markup`<url><loc>${publicUrl}/@${handle}</loc><lastmod>${updatedAt.toISOString()}</lastmod></url>`,
      ];
    } catch (error) {
      app.logger.error({ err: error, handle }, 'page left out of the sitemap');
      return [];
    }
  };

  const renderPart = async (after?: string): Promise<string> => {
    const pages = await listSitemapPages(app, after);
    return renderDocument('urlset', pages.flatMap(renderEntry));
  };

  server.get<{ Querystring: { after?: string } }>('/sitemap.xml', async (request, reply) => {
    const { after } = request.query;
    reply.headers(XML_HEADERS);
    if (after !== undefined) {
      if (after !== '' && !isUuid(after)) throw new AppError('NOT_FOUND', 'Page not found');
      return renderPart(after === '' ? undefined : after);
    }
    const parts = await listParts();
    if (parts.length === 0) return renderPart();
    const locations = ['', ...parts].map(
      (id) => markup`<sitemap><loc>${publicUrl}/sitemap.xml?after=${id}</loc></sitemap>`,
    );
    return renderDocument('sitemapindex', locations);
  });

  const robots = `User-agent: *\nDisallow: /api/\nDisallow: /trpc/\nDisallow: /go/\n\nSitemap: ${publicUrl}/sitemap.xml\n`;
  server.get('/robots.txt', (_request, reply) =>
    reply.type('text/plain; charset=utf-8').header('cache-control', 'public, max-age=3600').send(robots),
  );
};
