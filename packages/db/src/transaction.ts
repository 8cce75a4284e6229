import type { Db, Trx } from './client.ts';

type CommitHook = () => void | Promise<void>;

/** The part of a context that `withTransaction` needs. `commitHooks` is set inside a transaction. */
export type DbContext = { db: Db; commitHooks?: CommitHook[] | undefined };

const isTrx = (db: Db): db is Trx => db.isTransaction;

/**
 * Runs `fn` in a transaction, reusing the one that `ctx` is already in. `fn` gets a context with that transaction as
 * `db`. Hooks from `onCommit` run after the outermost commit, and never after a rollback.
 */
export async function withTransaction<C extends DbContext, T>(
  ctx: C,
  fn: (ctx: Omit<C, 'db'> & { db: Trx; commitHooks: CommitHook[] }) => Promise<T>,
): Promise<T> {
  const { db: handle, commitHooks: outerHooks } = ctx;
  if (isTrx(handle) && outerHooks) return fn({ ...ctx, db: handle, commitHooks: outerHooks });
  const commitHooks: CommitHook[] = [];
  const result = await ctx.db.transaction().execute((db) => fn({ ...ctx, db, commitHooks }));
  await runHooks(commitHooks);
  return result;
}

/** Runs every hook even if one fails, because the commit has happened. Then throws the first failure. */
async function runHooks(hooks: CommitHook[]): Promise<void> {
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

/** Runs `hook` after the transaction of `ctx` commits, or immediately if there is none. */
export async function onCommit(ctx: DbContext, hook: CommitHook): Promise<void> {
  if (ctx.commitHooks) ctx.commitHooks.push(hook);
  else await hook();
}
