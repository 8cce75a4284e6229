import type { AppCtx } from '../../../core/context.ts';
import type { BlockHrefs } from '../blocks/service.ts';

export const buildDomainUrl = ({ config }: AppCtx, domain: string): string =>
  `${new URL(config.publicUrl).protocol}//${domain}`;

/** Through `/go`, on the domain that is the page's address. */
export function createRedirectHrefs(ctx: AppCtx, domain: string | null): BlockHrefs {
  const base = domain === null ? ctx.config.publicUrl : buildDomainUrl(ctx, domain);
  return {
    createHref: (id, _url, index) => `${base}/go/${id}${index === undefined ? '' : `?to=${index}`}`,
    createFileHref: (id, file) => `${base}/go/${id}/${file}`,
  };
}
