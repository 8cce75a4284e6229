import type { Ctx } from '../context.ts';
import { AppError } from '../errors.ts';

const etagOf = (version: number) => `"${version}"`;

/** Shows the version of what is answered with as its ETag. */
export function setVersionEtag<T extends { version: number }>(ctx: Pick<Ctx, 'setEtag'>, shown: T): T {
  ctx.setEtag(etagOf(shown.version));
  return shown;
}

/**
 * Throws `PRECONDITION_FAILED` where a change was meant for another version than `current`: as the input says
 * (`given`), or `If-Match`. Proxies that compress make tags weak, so weak ones count, too.
 */
export function requireVersion(ctx: Pick<Ctx, 'ifMatch'>, current: number, given: number | undefined): void {
  const tags = ctx.ifMatch?.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  const isMeant = tags === undefined || tags.includes('*') || tags.includes(etagOf(current));
  if (isMeant && (given === undefined || given === current)) return;
  throw new AppError(
    'PRECONDITION_FAILED',
    'This was changed in between. Read it again and repeat the change.',
  );
}
