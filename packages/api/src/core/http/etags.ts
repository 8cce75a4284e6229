import type { Ctx } from '../context.ts';
import { AppError } from '../errors.ts';

const toEtag = (version: number) => `"${version}"`;

export function setVersionEtag<T extends { version: number }>(ctx: Pick<Ctx, 'setEtag'>, output: T): T {
  ctx.setEtag(toEtag(output.version));
  return output;
}

/** Weak tags match too, because proxies that compress make tags weak. */
export function requireVersion(ctx: Pick<Ctx, 'ifMatch'>, current: number, given: number | undefined): void {
  const tags = ctx.ifMatch?.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  const isMatch = tags === undefined || tags.includes('*') || tags.includes(toEtag(current));
  if (isMatch && (given === undefined || given === current)) return;
  throw new AppError('PRECONDITION_FAILED', 'Someone else changed this. Reload and try again.', {
    currentVersion: current,
  });
}
