import type { Config } from '@linkgrove/api';
import { buildSecurityHeaders } from './headers.ts';
import type { SharePictures } from './share-picture/share-pictures.ts';

export type Site = {
  securityHeaders: Record<string, string>;
  homeUrl: string;
  /** Path under which a proxy publishes this server: empty, or like `/links`. */
  basePath: string;
};

export const createSite = (config: Config): Site => ({
  securityHeaders: buildSecurityHeaders(config),
  homeUrl: `${config.appUrl}/`,
  basePath: new URL(config.publicUrl).pathname.replace(/\/$/, ''),
});

declare module 'fastify' {
  // oxlint-disable-next-line typescript/consistent-type-definitions -- only interfaces merge
  interface FastifyInstance {
    site: Site;
    sharePictures: SharePictures;
    findOtherSpelling: (url: string) => string | undefined;
  }
}
