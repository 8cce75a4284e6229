import type { Db, Trx } from './client.ts';

type CommitHook = () => void | Promise<void>;

/** What `withTransaction` needs of a context: the handle, and the hooks of the transaction it is in. */
export type DbContext = { db: Db; commitHooks?: CommitHook[] | undefined };

/**
 * Runs `fn` in a transaction, or in the one that `ctx` is already in, and hands it a context whose `db` is
 * that transaction. Hooks of `onCommit` run after the outermost commit and not at all after a rollback.
 */
export async function withTransaction<C extends DbContext, T>(
  ctx: C,
  fn: (ctx: Omit<C, 'db'> & { db: Trx; commitHooks: CommitHook[] }) => Promise<T>,
): Promise<T> {
  if (ctx.db.isTransaction && ctx.commitHooks) {
    return fn({ ...ctx, db: ctx.db as Trx, commitHooks: ctx.commitHooks });
  }
  const commitHooks: CommitHook[] = [];
  const result = await ctx.db.transaction().execute((db) => fn({ ...ctx, db, commitHooks }));
  await runAll(commitHooks);
  return result;
}

/** Runs every hook even if one fails: what they tell of is committed. Throws the first failure at the end. */
async function runAll(hooks: CommitHook[]): Promise<void> {
  const failures: unknown[] = [];
  for (const hook of hooks) {
    try {
      await hook();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

/** Runs `hook` once the transaction of `ctx` has committed; at once where there is none. */
export async function onCommit(ctx: DbContext, hook: CommitHook): Promise<void> {
  if (ctx.commitHooks) ctx.commitHooks.push(hook);
  else await hook();
}
