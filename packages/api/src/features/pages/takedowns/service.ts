import { AppError } from '../../../core/errors.ts';
import type { PageTakedown } from './schema.ts';

/** For what would show the content of the page in another place. Throws `TAKEN_DOWN`. */
export function requireNotTakenDown({ takedown }: { takedown: PageTakedown | null }): void {
  if (takedown)
    throw new AppError('TAKEN_DOWN', 'This page was taken down. `takedown` of the page says why.');
}
