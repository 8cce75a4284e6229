import type { Config } from '@linkgrove/api';
import { buildSecurityHeaders } from './headers.ts';

/** What all answers of a server share. */
export type Site = {
  securityHeaders: Record<string, string>;
  /** Where error pages lead back to. */
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
    /** Finds the address that another spelling of it means; see `spellingsPlugin`. */
    findOtherSpelling: (url: string) => string | undefined;
  }
}
