import { AppError } from './errors.ts';

/**
 * The procedures that an administrator may call while acting as a user: reads of pages and analytics, and edits that
 * delete nothing and give nothing away. Everything else is refused, and so is every new procedure until it is added here.
 */
export const IMPERSONABLE: ReadonlySet<string> = new Set([
  'account.me',
  'workspaces.list',
  'workspaces.get',
  'pages.list',
  'pages.get',
  'pages.listVersions',
  'pages.compareVersions',
  'pages.getVersion',
  'blocks.list',
  'blocks.get',
  'files.list',
  'files.get',
  'analytics.page',
  'analytics.workspace',
  'analytics.settings',
  'analytics.titleTest',
  'pages.update',
  'pages.publish',
  'pages.discardDraft',
  'pages.restoreVersion',
  'blocks.create',
  'blocks.update',
  'blocks.move',
  'blocks.order',
]);

export const createImpersonationRefusedError = (
  detail = 'Only the user can do this. Acting as a user, you can read and edit pages and read analytics.',
): AppError => new AppError('IMPERSONATION_REFUSED', detail);

/** Throws `IMPERSONATION_REFUSED`. */
export function requireImpersonable(procedure: string): void {
  if (!IMPERSONABLE.has(procedure)) throw createImpersonationRefusedError();
}
